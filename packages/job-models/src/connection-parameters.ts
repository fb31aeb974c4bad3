/**
 * libpq's connection parameters, sorted by what this tool does with them. One that is unknown is refused, as libpq
 * does: a mistyped `sslmode` must not silently switch encryption off.
 *
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */

/** Parameters that are honoured, with the values they take. */
export const supportedParameters: ReadonlyMap<string, 'any' | readonly string[]> = new Map<
  string,
  'any' | readonly string[]
>([
  ['host', 'any'],
  ['port', 'any'],
  ['user', 'any'],
  ['password', 'any'],
  ['dbname', 'any'],
  ['application_name', 'any'],
  ['options', 'any'],
  ['connect_timeout', 'any'],
  ['passfile', 'any'],
  ['service', 'any'],
  ['sslmode', ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']],
  ['sslrootcert', 'any'],
  ['sslcert', 'any'],
  ['sslkey', 'any'],
  ['sslpassword', 'any'],
  ['sslnegotiation', ['postgres', 'direct']],
  ['channel_binding', ['disable', 'prefer', 'require']],
  ['target_session_attrs', ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby']],
  // Accepted and without effect: every session sets these itself, or does what they ask for anyway.
  ['client_encoding', 'any'],
  ['fallback_application_name', 'any'],
  ['keepalives', 'any'],
  ['keepalives_idle', 'any'],
  ['keepalives_interval', 'any'],
  ['keepalives_count', 'any'],
  ['tcp_user_timeout', 'any'],
  ['sslcompression', ['0']],
  ['sslsni', ['1']],
  ['gssencmode', ['disable', 'prefer']],
  ['load_balance_hosts', ['disable']],
]);

const cannotHonour = 'is not supported by this tool; remove it if the server does not insist on it';

/** Parameters that change who is trusted or what is spoken, and that cannot be honoured. */
export const refusedParameters: ReadonlyMap<string, string> = new Map(
  [
    'hostaddr',
    'replication',
    'requirepeer',
    'require_auth',
    'sslcertmode',
    'sslcrl',
    'sslcrldir',
    'ssl_min_protocol_version',
    'ssl_max_protocol_version',
    'min_protocol_version',
    'max_protocol_version',
    'krbsrvname',
    'gsslib',
    'gssdelegation',
    'scram_client_key',
    'scram_server_key',
    'sslkeylogfile',
    'servicefile',
  ].map((name) => [name, cannotHonour]),
);

/**
 * The sslmode that counts: without one it is `prefer`, or what `sslrootcert=system` stands for.
 *
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-SSLROOTCERT
 */
export function sslmodeOf(parameters: ReadonlyMap<string, string>): string {
  return parameters.get('sslmode') ?? (parameters.get('sslrootcert') === 'system' ? 'verify-full' : 'prefer');
}

const modesWithoutTls = ['disable', 'allow', 'prefer'];

/**
 * Two parameters one of which would give up what the other promises; libpq refuses the same ones.
 *
 * @returns what is wrong, or null
 */
export function findContradiction(parameters: ReadonlyMap<string, string>): string | null {
  const sslmode = sslmodeOf(parameters);
  if (parameters.get('sslrootcert') === 'system' && sslmode !== 'verify-full') {
    return `its sslrootcert=system takes sslmode=verify-full, not ${sslmode}`;
  }
  if (parameters.get('sslnegotiation') === 'direct' && modesWithoutTls.includes(sslmode)) {
    return `its sslnegotiation=direct takes sslmode=require, verify-ca or verify-full, not ${sslmode}`;
  }
  if (parameters.get('channel_binding') === 'require' && sslmode === 'disable') {
    return 'its channel_binding=require takes TLS, which sslmode=disable switches off';
  }
  return null;
}
