/** What happens to TLS while pg makes a connection: it tells by a sentence, or not at all. */
import type pg from 'pg';
import { ReplicatorError } from '@seren-replicator/job-models';
import { connectionOf } from './session.ts';
import { translateError } from './translate-error.ts';

export interface Handshake {
  /** The server answered that it does not speak TLS. */
  isRefused: boolean;
  /** The answer was yes, or direct negotiation asked no question. */
  isBegun: boolean;
  isDone: boolean;
}

/** The one byte of the answer to SSLRequest that means no. */
const NO_TLS = 'N'.charCodeAt(0);

/**
 * Watches a client that is about to connect with TLS.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 */
export function watchHandshake(client: pg.Client, isDirect: boolean): Handshake {
  const handshake = { isRefused: false, isBegun: false, isDone: false };
  const connection = connectionOf(client);
  if (!isDirect) {
    connection.stream.once('data', (answer: Buffer) => {
      handshake.isRefused = answer[0] === NO_TLS;
    });
  }
  // By now the connection's stream is the TLS socket.
  connection.once('sslconnect', () => {
    handshake.isBegun = true;
    connection.stream.once('secureConnect', () => {
      handshake.isDone = true;
    });
  });
  return handshake;
}

/** The error of a connection that failed while TLS was being negotiated, or undefined when that was not the reason. */
export function handshakeError(
  handshake: Handshake,
  { error, where, isDirect }: { error: unknown; where: string; isDirect: boolean },
): ReplicatorError | undefined {
  if (handshake.isRefused) {
    return new ReplicatorError(
      'tls_failed',
      `The ${where} does not speak TLS, which sslmode asks for; switch ssl on there, or choose another sslmode where plain text may cross the network.`,
      { cause: error },
    );
  }
  if (!handshake.isBegun || handshake.isDone) return undefined;
  if (translateError(error, where, 'be connected to').code !== 'connection_lost') return undefined;
  const advice = isDirect
    ? 'sslnegotiation=direct needs PostgreSQL 17 or newer, leave it out for an older one'
    : 'check sslmode in the URL and the TLS versions of the server';
  return new ReplicatorError('tls_failed', `The ${where} ended the TLS handshake; ${advice}.`, {
    cause: error,
  });
}
