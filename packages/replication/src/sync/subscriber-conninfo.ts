/** The source's URL in the words that the target's own libpq takes. */
import type { ConnectionUrl } from '@seren-replicator/job-models';

/** What a subscription's connection takes over from a URL; the rest is this tool's own affair. */
const CARRIED = [
  'sslmode',
  'sslnegotiation',
  'channel_binding',
  'target_session_attrs',
  'options',
  'gssencmode',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
] as const;
/** Files of the machine that this program runs on, of which the target's machine knows nothing. */
const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const;
const CONNECT_TIMEOUT_SECONDS = 10;

/** Why the target could not connect with this URL, wherever the source is; null when nothing is known against it. */
export function whyNotPortable(url: ConnectionUrl): string | null {
  const file = FILES.find((name) => (url.parameters.get(name) ?? 'system') !== 'system');
  return file === undefined ? null : `the source's URL names a file of this machine (${file})`;
}

/**
 * With the password: for CREATE SUBSCRIPTION alone.
 *
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE
 */
export function subscriberConninfo(url: ConnectionUrl): string {
  const { parameters } = url;
  const pairs: [string, string | undefined][] = [
    ['host', url.hosts.map(({ host }) => host).join(',')],
    ['port', url.hosts.map(({ port }) => port).join(',')],
    ['user', url.user],
    ['password', url.password?.reveal()],
    ['dbname', url.database ?? url.user],
    ['connect_timeout', parameters.get('connect_timeout') ?? String(CONNECT_TIMEOUT_SECONDS)],
    ...CARRIED.map((name): [string, string | undefined] => [name, parameters.get(name)]),
    ['sslrootcert', parameters.get('sslrootcert')],
  ];
  return pairs
    .filter((pair): pair is [string, string] => pair[1] !== undefined)
    .map(([name, value]) => `${name}='${value.replaceAll(/[\\']/g, '\\$&')}'`)
    .join(' ');
}
