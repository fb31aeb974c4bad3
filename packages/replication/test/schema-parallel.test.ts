import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import pg from 'pg';
import { listTables } from '../src/catalog/list-tables.ts';
import { runTasks, type Task } from '../src/schedule/run-tasks.ts';
import type { Archive } from '../src/schema/archive.ts';
import { dumpSchema } from '../src/schema/dump-schema.ts';
import { divideConstraints } from '../src/restore/divide-constraints.ts';
import { planRestore, type RestoreItem, type RestorePlan } from '../src/schema/restore-plan.ts';
import { restoreStatements } from '../src/schema/restore-statements.ts';
import { sessionSettings } from '../src/schema/session-settings.ts';
import { openSession } from './open-session.ts';
import {
  createDatabase,
  createObjects,
  deadline,
  lendFrom,
  prepareServer,
  query,
  schemaText,
  silentLog,
  withSnapshot,
} from './schema-databases.ts';

const MAJOR = 18;
const LANES = 8;
const ROUNDS = 2;
const everything = { noOwner: false, noAcl: false };
/** More partitions and references between them than lanes, so that what conflicts would meet. */
const CROWD = `
  CREATE TABLE app.crowd (id int, other int, x int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
  DO $$ BEGIN FOR i IN 1..12 LOOP
    EXECUTE format('CREATE TABLE app.crowd_%s PARTITION OF app.crowd FOR VALUES FROM (%s) TO (%s)', i, i * 10, i * 10 + 10);
    EXECUTE format('CREATE TABLE app.friend_%s (id int PRIMARY KEY, crowd int REFERENCES app.crowd, x int UNIQUE)', i);
    EXECUTE format('CREATE INDEX ON app.friend_%s (crowd); CREATE INDEX ON app.friend_%s (x, crowd)', i, i);
  END LOOP; END $$;
  DO $$ BEGIN FOR i IN 1..12 LOOP FOR j IN 1..12 LOOP
    EXECUTE format('ALTER TABLE app.friend_%s ADD FOREIGN KEY (x) REFERENCES app.friend_%s', i, j);
  END LOOP; END LOOP; END $$;
  CREATE INDEX ON app.crowd (x);
  CREATE INDEX ON app.crowd (other, x);
  ALTER TABLE app.crowd ADD FOREIGN KEY (other) REFERENCES app.crowd;
  CREATE TRIGGER on_crowd AFTER INSERT ON app.crowd FOR EACH ROW EXECUTE FUNCTION app.on_change();
  INSERT INTO app.crowd SELECT i, NULL, i FROM generate_series(10, 129) i;
`;

let server: PostgresServer;
let archive: Archive;

beforeAll(async () => {
  server = await startPostgres({
    major: MAJOR,
    settings: { allow_in_place_tablespaces: true, deadlock_timeout: '20ms', log_lock_waits: true },
  });
  await prepareServer(server);
  await createObjects(server, 'source', MAJOR);
  await query(server.url('source'), CROWD);
  const url = server.url('source');
  ({ archive } = await withSnapshot(url, async (source) =>
    dumpSchema({ log: silentLog, path: '' }, { ...source, lend: lendFrom(url), signal: deadline() }),
  ));
});
afterAll(async () => server.stop());

async function openLane(database: string): Promise<pg.Client> {
  const client = new pg.Client(server.url(database));
  await client.connect();
  for (const setting of sessionSettings(archive)) await client.query(setting);
  return client;
}

function toTask({ entry, waitsFor, locks }: RestoreItem): Task<pg.Client> {
  return {
    id: String(entry.dumpId),
    weight: Math.random(), // another order each time
    waitsFor: new Set(waitsFor.map(String)),
    locks: new Map(locks.map(({ table, mode }) => [String(table), mode])),
    run: async (client) => {
      for (const statement of restoreStatements(entry, everything)) await client.query(statement);
    },
  };
}

/** Those whose constraints are made in one step, or in two. */
async function itemsOf(plan: RestorePlan, minDividedBytes: number | null): Promise<readonly RestoreItem[]> {
  const { session, close } = await openSession(server.url('source'));
  try {
    const tables = await listTables(session);
    const input = { source: session, tables, doneKeys: new Set<string>(), tuning: { minDividedBytes } };
    return await divideConstraints(plan.afterData, input);
  } finally {
    await close();
  }
}

test('only keys of tables with other indexes, and foreign keys, are made in two steps', async () => {
  const plan = planRestore(archive);
  expect(await itemsOf(plan, null)).toBe(plan.afterData);
  const first = (await itemsOf(plan, 0)).filter(({ entry }) => entry.dumpId < 0);
  const definitions = first.map(({ entry }) => entry.definition);
  expect(definitions).toContain('CREATE UNIQUE INDEX friend_1_pkey ON app.friend_1 USING btree (id);');
  expect(definitions.filter((text) => text.includes('crowd_1_pkey'))).toEqual([]);
  expect(definitions.filter((text) => text.endsWith(' NOT VALID;')).length).toBeGreaterThanOrEqual(144);
});

test.each([
  ['one step', null],
  ['two steps', 0],
])(
  'with constraints in %s, what comes after the rows can be restored in any order that the plan allows',
  async (steps, minDividedBytes) => {
    const plan = planRestore(archive);
    const { beforeData, privileges, afterPrivileges } = plan;
    const afterData = await itemsOf(plan, minDividedBytes);
    for (let round = 0; round < ROUNDS; round += 1) {
      const database = `${steps} round ${round}`;
      await createDatabase(server, database);
      const lanes = await Promise.all(Array.from({ length: LANES }, async () => openLane(database)));
      try {
        const [first] = lanes;
        const restore = async (entries: typeof beforeData): Promise<void> => {
          for (const entry of entries) {
            for (const statement of restoreStatements(entry, everything)) await first?.query(statement);
          }
        };
        await restore(beforeData);
        await runTasks(lanes, afterData.map(toTask));
        await restore(privileges);
        await restore(afterPrivileges);
      } finally {
        await Promise.all(lanes.map(async (lane) => lane.end()));
      }
      expect(await schemaText(server.url(database))).toBe(await schemaText(server.url('source')));
    }
  },
);
