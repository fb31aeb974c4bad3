import type { PostgresServer } from '@seren-replicator/local-servers';
import { generate } from 'selfsigned';

/** Lets a server speak TLS, besides, with a certificate of its own that nobody checks. */
export async function enableTls(server: PostgresServer): Promise<void> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  });
  await server.writeFile('server.crt', cert);
  await server.writeFile('server.key', key);
  await server.restart({ ssl: true });
}
