import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import type { PgDumpKind } from '../src/schema/choose-pg-dump.ts';
import { dumpSchema, type DumpedSchema } from '../src/schema/dump-schema.ts';
import { findNativePgDumps } from '../src/schema/find-native-pg-dump.ts';
import {
  createDatabase,
  createObjects,
  deadline,
  lendFrom,
  prepareServer,
  query,
  restoreAll,
  schemaText,
  silentLog,
  withSnapshot,
} from './schema-databases.ts';

const path = process.env['PATH'] ?? '';

async function dump(url: string, choice: PgDumpKind): Promise<DumpedSchema> {
  return withSnapshot(url, async (source) =>
    dumpSchema({ log: silentLog, path }, { ...source, lend: lendFrom(url), choice, signal: deadline() }),
  );
}

const natives = await findNativePgDumps(path);

/** The machine may have no pg_dump that is new enough; then only the embedded one is tried. */
function kindsFor(major: number): PgDumpKind[] {
  const isNativeThere = natives.some(
    (program) => program.major >= Math.max(major, 15) && program.major <= 18,
  );
  return isNativeThere ? ['embedded', 'native'] : ['embedded'];
}

describe.each([14, 15, 16, 17, 18] as const)('a schema of every kind of object, PostgreSQL %i', (major) => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ major, settings: { allow_in_place_tablespaces: true } });
    await prepareServer(server);
    await createObjects(server, 'source', major);
  });
  afterAll(async () => server.stop());

  test.each(kindsFor(major))('arrives as it was through the %s pg_dump', async (kind) => {
    const { archive, tool } = await dump(server.url('source'), kind);
    expect(tool.kind).toBe(kind);
    const target = `target ${kind}`;
    await createDatabase(server, target);
    await restoreAll(server.url(target), archive);
    expect(await schemaText(server.url(target))).toBe(await schemaText(server.url('source')));
  });

  test('has its materialised views refreshed, but for one that was not', async () => {
    const { archive } = await dump(server.url('source'), 'embedded');
    await createDatabase(server, 'refreshed');
    await restoreAll(server.url('refreshed'), archive);
    const views = await query(
      server.url('refreshed'),
      `SELECT relname::text FROM pg_class WHERE relkind = 'm' AND relispopulated ORDER BY 1`,
    );
    expect(views.map(({ relname }) => relname)).toEqual(['a_of_summary', 'summary']);
  });
});
