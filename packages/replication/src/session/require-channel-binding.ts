/**
 * `channel_binding=require`: the server must prove, in the exchange of the password, that it is the end of this very
 * TLS connection and knows the password's verifier. pg binds where the server offers it and goes on without where it
 * does not, so what the server asks for is looked at before pg answers.
 *
 * https://www.postgresql.org/docs/current/sasl-authentication.html#SASL-SCRAM-SHA-256
 */
import type pg from 'pg';
import { ReplicatorError } from '@seren-replicator/job-models';
import { connectionOf } from './session.ts';

const BOUND_MECHANISM = 'SCRAM-SHA-256-PLUS';
/** Requests and the one answer after which the server would know a password, or let us in, unbound. */
const unboundMessages = [
  'authenticationCleartextPassword',
  'authenticationMD5Password',
  'authenticationOk',
] as const;

/**
 * Ends the connection of a client that is about to connect as soon as the server asks for anything else.
 *
 * @returns to be called once the client has connected, which it may have before the end of its connection is noticed:
 * throws the ReplicatorError `authentication_failed` that the connection was ended with
 */
export function requireChannelBinding(client: pg.Client, where: string): () => void {
  const connection = connectionOf(client);
  let isOffered = false;
  let isBound = false;
  let refusal: ReplicatorError | undefined;
  const refuse = () => {
    refusal = new ReplicatorError(
      'authentication_failed',
      `The ${where} does not offer channel binding, which channel_binding=require asks for; let it authenticate this user by scram-sha-256 over TLS, or leave the parameter out.`,
    );
    connection.stream.destroy(refusal);
  };
  connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
    isOffered = mechanisms.includes(BOUND_MECHANISM);
    if (!isOffered) refuse();
  });
  connection.on('authenticationSASLFinal', () => {
    isBound = isOffered;
  });
  for (const message of unboundMessages) {
    connection.on(message, () => {
      if (!isBound) refuse();
    });
  }
  return () => {
    if (refusal !== undefined) throw refusal;
  };
}
