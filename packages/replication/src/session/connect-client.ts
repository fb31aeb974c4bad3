import pg from 'pg';
import { ReplicatorError, type ConnectionUrl, type HostAddress } from '@seren-replicator/job-models';
import type { ResolveHost } from '../engine.ts';
import type { Side } from './pinned-settings.ts';
import { PinnedSocket } from './pinned-socket.ts';
import { RecyclingSocket } from './recycling-socket.ts';
import { requireChannelBinding } from './require-channel-binding.ts';
import { connectionOf } from './session.ts';
import { listTlsAttempts, wantsOtherKind, type TlsAttempt } from './tls-attempts.ts';
import { DeadlineError, translateError } from './translate-error.ts';
import { handshakeError, watchHandshake } from './watch-handshake.ts';

const DEFAULT_CONNECT_TIMEOUT_MS = 15_000;
/** Idle connections are cut by load balancers after minutes; the first probe comes well before. */
const KEEPALIVE_INITIAL_DELAY_MS = 30_000;

export interface ConnectClientInput {
  url: ConnectionUrl;
  database: string;
  applicationName: string;
  /** Free of credentials, for errors. */
  where: string;
  signal: AbortSignal;
  side: Side;
  /** For a connection that replicates from its database: it takes replication commands, and SQL without parameters. */
  isReplication?: boolean;
  /** Statements are sent as they come, without waiting for the answer to the last one. COPY is not possible. */
  isPipelined?: boolean;
  resolveHost?: ResolveHost | undefined;
  /** Called with a client that is about to connect, for listeners that must see its first messages. */
  onClient?: (client: pg.Client) => void;
}

/**
 * Connects to the first host of a URL that lets us in and is of the wanted kind (`target_session_attrs`).
 *
 * @throws ReplicatorError with the last host's refusal
 */
export async function connectClient(input: ConnectClientInput): Promise<pg.Client> {
  const wanted = input.url.parameters.get('target_session_attrs') ?? 'any';
  if (wanted !== 'prefer-standby') return connectToKind(input, wanted);
  try {
    return await connectToKind(input, 'standby');
  } catch (error) {
    input.signal.throwIfAborted();
    if (!(error instanceof ReplicatorError) || !mayBeOnOtherHost(error)) throw error;
    return connectToKind(input, 'any');
  }
}

async function connectToKind(input: ConnectClientInput, kind: string): Promise<pg.Client> {
  let refusal: ReplicatorError | undefined;
  for (const address of input.url.hosts) {
    try {
      const client = await connectToHost(input, address);
      if (await isOfKind(client, kind)) return client;
      await client.end();
      refusal ??= new ReplicatorError(
        'host_unreachable',
        `The ${input.where} has no server of the kind that target_session_attrs asks for; change it or the hosts.`,
      );
    } catch (error) {
      input.signal.throwIfAborted();
      refusal = translateError(error, input.where, 'be connected to');
      if (!mayBeOnOtherHost(refusal)) throw refusal;
    }
  }
  throw refusal ?? new ReplicatorError('invalid_url', 'The connection URL names no host.');
}

/** A password that is wrong on one host is wrong; trying it on the others could lock the account. */
function mayBeOnOtherHost({ code }: ReplicatorError): boolean {
  return code === 'host_unknown' || code === 'host_unreachable';
}

async function connectToHost(input: ConnectClientInput, address: HostAddress): Promise<pg.Client> {
  const attempts = await listTlsAttempts(input.url, address.host.startsWith('/'));
  for (const [index, tls] of attempts.entries()) {
    const isLast = index === attempts.length - 1;
    try {
      return await connectOnce(input, address, tls);
    } catch (error) {
      if (isLast || !wantsOtherKind(error)) throw error;
    }
  }
  throw new Error('unreachable: there is always an attempt');
}

async function connectOnce(
  input: ConnectClientInput,
  address: HostAddress,
  tls: TlsAttempt,
): Promise<pg.Client> {
  const { url, where, signal } = input;
  const addresses = (await input.resolveHost?.(input.side, address.host)) ?? [];
  const client = new pg.Client({
    ...clientConfig(input, address, tls),
    stream: () => (addresses.length > 0 ? new PinnedSocket(addresses) : new RecyclingSocket()),
  });
  // pg reports a failed connection both ways; the promise is the one that counts.
  client.on('error', () => undefined);
  input.onClient?.(client);
  const isDirect = url.parameters.get('sslnegotiation') === 'direct';
  const handshake = tls === false ? undefined : watchHandshake(client, isDirect);
  const mustBind = url.parameters.get('channel_binding') === 'require';
  const checkBinding = mustBind ? requireChannelBinding(client, where) : undefined;
  const cut = (reason: Error) => connectionOf(client).stream.destroy(reason);
  const onAbort = () => cut(new Error('aborted'));
  const timeoutMs = connectTimeoutMs(url);
  const timer = setTimeout(
    () => cut(new DeadlineError(`no session within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await client.connect();
    checkBinding?.();
    return client;
  } catch (error) {
    connectionOf(client).stream.destroy();
    throw (handshake && handshakeError(handshake, { error, where, isDirect })) ?? error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Every field is given, or pg would fill it from the process environment. */
function clientConfig(
  input: ConnectClientInput,
  address: HostAddress,
  tls: TlsAttempt,
): pg.ClientConfig & { replication?: 'database' } {
  const { url, where, isReplication = false, isPipelined = false } = input;
  const channelBinding = url.parameters.get('channel_binding') ?? 'prefer';
  return {
    host: address.host,
    port: address.port,
    user: url.user ?? '',
    database: input.database,
    password:
      url.password?.reveal() ??
      (() => {
        throw new ReplicatorError(
          'authentication_failed',
          `The ${where} asks for a password and the URL has none; add it to the URL or to the password file.`,
        );
      }),
    ssl: tls,
    ...(tls !== false &&
      url.parameters.get('sslnegotiation') === 'direct' && { sslnegotiation: 'direct' as const }),
    enableChannelBinding: channelBinding !== 'disable',
    application_name: url.parameters.get('application_name') ?? input.applicationName,
    options: url.parameters.get('options') ?? '',
    client_encoding: 'UTF8',
    ...(isReplication && { replication: 'database' as const }),
    pipeline: isPipelined,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_INITIAL_DELAY_MS,
  };
}

function connectTimeoutMs(url: ConnectionUrl): number {
  const seconds = Number(url.parameters.get('connect_timeout') ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : DEFAULT_CONNECT_TIMEOUT_MS;
}

async function isOfKind(client: pg.Client, wanted: string): Promise<boolean> {
  if (wanted === 'any') return true;
  const { rows } = await client.query<{ is_standby: boolean; is_read_only: boolean }>(
    `SELECT pg_catalog.pg_is_in_recovery() AS is_standby,
            pg_catalog.current_setting('transaction_read_only') = 'on' AS is_read_only`,
  );
  const [kind] = rows;
  if (kind === undefined) return false;
  switch (wanted) {
    case 'read-write':
      return !kind.is_read_only;
    case 'read-only':
      return kind.is_read_only;
    case 'standby':
      return kind.is_standby;
    default:
      return !kind.is_standby;
  }
}
