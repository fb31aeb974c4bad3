import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { dumpSchema } from '../src/schema/dump-schema.ts';
import { deadline, lendFrom, query, silentLog, withSnapshot } from './schema-databases.ts';

describe('names and definitions', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ major: 17 });
    for (const encoding of ['UTF8', 'LATIN1', 'SQL_ASCII']) {
      await query(
        server.url(),
        `CREATE DATABASE "${encoding}" ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`,
      );
      await query(server.url(encoding), 'CREATE TABLE "Grüße" ()');
    }
  });
  afterAll(async () => server.stop());

  async function listTables(encoding: string): Promise<string[]> {
    const url = server.url(encoding);
    const { archive } = await withSnapshot(url, async (source) =>
      dumpSchema({ log: silentLog, path: '' }, { ...source, lend: lendFrom(url), signal: deadline() }),
    );
    return archive.entries.filter(({ kind }) => kind === 'TABLE').map(({ tag }) => tag);
  }

  test.each(['UTF8', 'LATIN1', 'SQL_ASCII'])('of a database in %s are read', async (encoding) => {
    expect(await listTables(encoding)).toEqual(['Grüße']);
  });

  test('that are not UTF-8 in a database without an encoding are refused', async () => {
    const comment = Buffer.from(`COMMENT ON SCHEMA public IS 'caf\xe9'`, 'latin1').toString('hex');
    await query(
      server.url('SQL_ASCII'),
      `DO $$ BEGIN EXECUTE convert_from('\\x${comment}', 'SQL_ASCII'); END $$`,
    );
    await expect(listTables('SQL_ASCII')).rejects.toMatchObject({
      code: 'schema_dump_failed',
      message: expect.stringContaining('not valid in its encoding') as unknown,
    });
  });
});
