/** Certificates of a test's own authority, and a real server that speaks TLS with them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type PostgresMajor, type PostgresServer } from '@seren-replicator/local-servers';
import { generate } from 'selfsigned';
import { runSql } from './database-pair.ts';

interface KeyPair {
  cert: string;
  key: string;
}

async function createAuthority(name: string): Promise<KeyPair> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert, key };
}

/** A certificate for one DNS name, or for one user. */
async function issueCertificate(authority: KeyPair, name: string): Promise<KeyPair> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  });
  return { cert, key };
}

export interface TlsServer {
  server: PostgresServer;
  /** Files that connection URLs can name. */
  files: { authority: string; otherAuthority: string; userCert: string; userKey: string };
  /** A URL for a user, with the host that the certificate is for. */
  url: (parameters?: string, user?: string) => string;
  stop: () => Promise<void>;
}

/** What pg_hba.conf says to each user; everybody else uses a password, with TLS and without. */
const HBA = `
hostssl   all tls_only   all scram-sha-256
hostnossl all tls_only   all reject
hostssl   all plain_only all reject
hostnossl all plain_only all scram-sha-256
hostssl   all bearer     all cert
hostssl   all md5_user   all md5
hostssl   all clear_user all password
hostssl   all trusted    all trust
host      all app        all scram-sha-256
`;

export const USER_PASSWORD = 'a secret';

/** A server with a certificate for `localhost` alone, not for 127.0.0.1. */
export async function startTlsServer(major: PostgresMajor): Promise<TlsServer> {
  const server = await startPostgres({ major, settings: { listen_addresses: '*' } });
  const directory = await mkdtemp(join(tmpdir(), 'seren-test-tls-'));
  const authority = await createAuthority('The test');
  const other = await createAuthority('Somebody else');
  await configure(server, authority);
  const write = async (name: string, text: string) => {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const user = await issueCertificate(authority, 'bearer');
  const files = {
    authority: await write('ca.crt', authority.cert),
    otherAuthority: await write('other.crt', other.cert),
    userCert: await write('user.crt', user.cert),
    userKey: await write('user.key', user.key),
  };
  return {
    server,
    files,
    url: (parameters = '', name = 'app') =>
      `postgresql://${name}:${encodeURIComponent(USER_PASSWORD)}@localhost:${server.port}/postgres?${parameters}`,
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function configure(server: PostgresServer, authority: KeyPair): Promise<void> {
  const users = ['app', 'tls_only', 'plain_only', 'bearer', 'clear_user', 'trusted'];
  const create = (name: string) => `CREATE ROLE ${name} LOGIN PASSWORD '${USER_PASSWORD}';`;
  await runSql(
    server.url(),
    `${users.map(create).join('')} SET password_encryption = 'md5'; ${create('md5_user')}`,
  );
  const certificate = await issueCertificate(authority, 'localhost');
  const hba = join(server.dataDirectory, 'pg_hba.conf');
  await server.writeFile('pg_hba.conf', HBA + (await readFile(hba, 'utf8')));
  await server.writeFile('server.crt', certificate.cert);
  await server.writeFile('server.key', certificate.key);
  await server.writeFile('root.crt', authority.cert);
  await server.restart({ ssl: true, ssl_ca_file: 'root.crt' });
}
