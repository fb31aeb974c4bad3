/**
 * libpq's `sslmode` in terms of Node's TLS: which ways to connect are tried, in which order.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { ReplicatorError, type ConnectionUrl } from '@seren-replicator/job-models';
import { translateError } from './translate-error.ts';

/** TLS options, or false for a plain connection. */
export type TlsAttempt = ConnectionOptions | false;

/** SQLSTATE of "no pg_hba.conf entry", and of an entry that says `reject`. */
const INVALID_AUTHORIZATION = '28000';

/** @returns at least one; a later one is for a server that wants the other kind, see `wantsOtherKind` */
export async function listTlsAttempts(url: ConnectionUrl, isSocket: boolean): Promise<TlsAttempt[]> {
  const attempts = isSocket ? [false as const] : await attemptsOf(url);
  if (url.parameters.get('channel_binding') !== 'require') return attempts;
  const encrypted = attempts.filter((tls) => tls !== false);
  if (encrypted.length > 0) return encrypted;
  throw new ReplicatorError(
    'invalid_url',
    'A Unix socket has no TLS to bind to: leave channel_binding=require out of the connection URL, or name a host.',
  );
}

async function attemptsOf(url: ConnectionUrl): Promise<TlsAttempt[]> {
  if (url.sslmode === 'disable') return [false];
  const files = await readTlsFiles(url);
  const unverified = { ...files, rejectUnauthorized: false };
  const verified = { ...files, rejectUnauthorized: true };
  const anyName = { ...verified, checkServerIdentity: () => undefined };
  const hasOwnAuthority = files.ca !== undefined;
  switch (url.sslmode) {
    case 'allow':
      return [false, unverified];
    case 'prefer':
      return [unverified, false];
    case 'require':
      // libpq: with a root certificate given, `require` checks the chain as `verify-ca` does.
      return [hasOwnAuthority ? anyName : unverified];
    case 'verify-ca':
      // Everybody gets a certificate from the public authorities: without the name it would prove nothing.
      return [hasOwnAuthority ? anyName : verified];
    default:
      return [verified];
  }
}

/** Whether a connection was refused for having TLS, or for not having it: pg_hba.conf tells them apart. */
export function wantsOtherKind(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === INVALID_AUTHORIZATION;
  return translateError(error, '', '').code === 'tls_failed';
}

async function readTlsFiles(url: ConnectionUrl): Promise<ConnectionOptions> {
  const rootCertificate = url.parameters.get('sslrootcert');
  const certificate = url.parameters.get('sslcert');
  const key = url.parameters.get('sslkey');
  const passphrase = url.parameters.get('sslpassword');
  return {
    // `system` means the certificates that Node.js trusts anyway.
    ...(rootCertificate !== undefined &&
      rootCertificate !== 'system' && { ca: await readTlsFile('sslrootcert', rootCertificate) }),
    ...(certificate !== undefined && { cert: await readTlsFile('sslcert', certificate) }),
    ...(key !== undefined && { key: await readTlsFile('sslkey', key) }),
    ...(passphrase !== undefined && { passphrase }),
  };
}

async function readTlsFile(parameter: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ReplicatorError(
      'tls_failed',
      `The file ${path}, named by ${parameter}, cannot be read on the machine that runs the work; check the path.`,
      { cause: error },
    );
  }
}
