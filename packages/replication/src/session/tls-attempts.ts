/**
 * libpq's `sslmode` in terms of Node's TLS: which ways to connect are tried, in which order.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { ReplicatorError, type ConnectionUrl } from '@seren-replicator/job-models';

/** TLS options, or false for a plain connection. */
export type TlsAttempt = ConnectionOptions | false;

const UNVERIFIED: ConnectionOptions = { rejectUnauthorized: false };

/** @param offersTls asks the server whether it speaks TLS at all; only `prefer` needs to know. */
export async function listTlsAttempts(
  url: ConnectionUrl,
  isSocket: boolean,
  offersTls: () => Promise<boolean>,
): Promise<TlsAttempt[]> {
  const mode = url.parameters.get('sslmode') ?? 'prefer';
  if (isSocket || mode === 'disable') return [false];
  const files = await readTlsFiles(url);
  const verified = { ...files, rejectUnauthorized: true };
  const anyName = { ...verified, checkServerIdentity: () => undefined };
  switch (mode) {
    case 'allow':
      return [false, { ...files, ...UNVERIFIED }];
    case 'require':
      // libpq: with a root certificate given, `require` checks the chain as `verify-ca` does.
      return [files.ca === undefined ? { ...files, ...UNVERIFIED } : anyName];
    case 'verify-ca':
      return [anyName];
    case 'verify-full':
      return [verified];
    default:
      return (await offersTls()) ? [{ ...files, ...UNVERIFIED }, false] : [false];
  }
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
