/** A cutover that does not come to its end: everything is as before, and the target goes on following. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { PostgresServer } from '@seren-replicator/local-servers';
import { IS_SOAK } from './copied-again.ts';
import {
  expectFlow,
  MANY,
  nameOf,
  SHOP,
  runCutover,
  standingOf,
  startFollowed,
  startWriter,
  until,
  type Followed,
} from './cutover-world.ts';
import { createDatabase, run, runSql, type RunInput } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17, MANY);

const options = { lock_source: true, reverse: true };

/** In the order in which they are run; a run with these options has them all. */
const steps = [
  'preflight',
  'catch up',
  'lock source',
  'last writers',
  'drain',
  'sequences',
  'materialized views',
  'verify',
  'follow back',
  'hand over',
];

/** What a run could have left on a server besides what follows. */
async function leftOn(server: PostgresServer, url: string): Promise<unknown[]> {
  return runSql(
    server.url(),
    `SELECT query FROM pg_stat_activity WHERE datname = $1 AND application_name = 'seren-replicator'`,
    [await nameOf(url)],
  );
}

describe('a cutover that is cancelled', () => {
  let both: Followed;

  beforeAll(async () => {
    both = await startFollowed(servers);
    await runSql(both.source, "SELECT nextval('tickets')");
  });

  it.each(IS_SOAK ? steps : steps.filter((_, index) => index % 2 === 1))(
    'in the step %s leaves everything as it was',
    async (step) => {
      const before = await standingOf(both);
      const cancelling = new AbortController();
      const running = runCutover({
        ...both,
        options,
        signal: cancelling.signal,
        onProgress: ({ phase }) => {
          if (phase === step) cancelling.abort();
        },
      });
      await expect(running).rejects.toMatchObject({ code: 'cancelled' });
      expect(await standingOf(both)).toEqual(before);
      expect(await leftOn(servers.source, both.source)).toEqual([]);
      expect(await leftOn(servers.target, both.target)).toEqual([]);
      await expectFlow(both);
    },
  );

  it('lets writers in again that it had locked out', async () => {
    const writer = startWriter(both.source);
    await until(() => Promise.resolve(writer.written.size > 20));
    const cancelling = new AbortController();
    // A session that comes while the source is locked would stay read-only for as long as it lives.
    const pooled = new pg.Client({ connectionString: both.source });
    const cut = new Promise((resolve) => pooled.on('error', resolve));
    let connecting: Promise<unknown> | undefined;
    const running = runCutover({
      ...both,
      options,
      signal: cancelling.signal,
      onProgress: ({ phase }) => {
        if (phase !== 'verify' || connecting !== undefined) return;
        connecting = writer.refused.then(() => pooled.connect()).then(() => cancelling.abort());
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await cut;
    await expectFlow(both);
  });
});

describe('a cutover that is cancelled past its point of no return', () => {
  it('is finished all the same', async () => {
    const both = await startFollowed(servers);
    const other = new pg.Client({ connectionString: both.target });
    await other.connect();
    const [record] = await runSql(both.target, 'SELECT name FROM seren_replicator_sync.run');
    // Holds up the first thing that is taken away.
    await other.query(`BEGIN; COMMENT ON SUBSCRIPTION ${String(record?.['name'])} IS ''`);
    const cancelling = new AbortController();
    const running = runCutover({
      ...both,
      options: { cutover_verification: 'none' },
      signal: cancelling.signal,
    });
    await until(async () => {
      const [row] = await runSql(both.target, 'SELECT cutover FROM seren_replicator_sync.run');
      return (row?.['cutover'] as { isPastReturn?: boolean } | null)?.isPastReturn === true;
    });
    cancelling.abort();
    await other.query('SELECT pg_sleep(0.3); ROLLBACK');
    await other.end();
    expect((await running).failure).toBeNull();
    const nothing = [{ publications: null, slots: null, subscriptions: null, schemas: null }];
    const [, source, , , target] = (await standingOf(both)) as unknown[];
    expect([source, target]).toEqual([nothing, nothing]);
  });
});

describe('a cutover that finds a difference', () => {
  it.each([
    ['full', "UPDATE orders SET note = 'tampered with' WHERE id = 7", 'public.orders'],
    ['counts', 'DELETE FROM orders WHERE id = 7', 'public.orders'],
  ] as const)('by a comparison of the kind %s takes everything back', async (method, tamper, table) => {
    const both = await startFollowed(servers);
    await runSql(both.target, tamper);
    await runSql(both.source, "SELECT nextval('tickets')");
    const before = await standingOf(both);
    const { result, failure } = await runCutover({
      ...both,
      options: { ...options, cutover_verification: method },
    });
    expect(failure).toMatchObject({
      code: 'contents_differ',
      message: expect.stringMatching(new RegExp(`${table}.*Everything is as it was before`)),
    });
    expect(result.steps.map(({ step, status }) => `${step}: ${status}`)).toEqual([
      'preflight: done',
      'catch up: done',
      'lock source: undone',
      'last writers: done',
      'drain: done',
      'sequences: undone',
      'materialized views: done',
      'verify: failed',
    ]);
    expect(result.verification?.tables.filter(({ equal }) => !equal)).toHaveLength(1);
    expect(await standingOf(both)).toEqual(before);
    await expectFlow(both);
  });

  it('says that writes went on where the source was not locked', async () => {
    const both = await startFollowed(servers);
    const { failure } = await runCutover({
      ...both,
      onProgress: ({ phase }) => {
        if (phase === 'sequences') void runSql(both.target, 'DELETE FROM orders WHERE id = 3');
      },
    });
    expect(failure?.message).toContain('--lock-source');
    await expectFlow(both);
  });
});

describe('a cutover of several databases', () => {
  let pairs: Followed[];
  let all: Followed & Pick<RunInput, 'filter'>;
  /** The target that is handed over last. */
  let last: string;

  beforeAll(async () => {
    const sources = [await createDatabase(servers.source, SHOP), await createDatabase(servers.source, SHOP)];
    const names = await Promise.all(sources.map(nameOf));
    pairs = names.map((name) => ({ source: servers.source.url(name), target: servers.target.url(name) }));
    all = {
      source: servers.source.url(),
      target: servers.target.url(),
      filter: { include_databases: names },
    };
    await run({ ...all, options: { no_sync: false, sync_method: 'subscription', verify: false } });
    last = servers.target.url(names.toSorted().at(-1) ?? '');
    // The last word of the second database, when the first one's is said already.
    await runSql(
      last,
      `CREATE FUNCTION seren_replicator_sync.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
       CREATE TRIGGER refuse BEFORE UPDATE ON seren_replicator_sync.run FOR EACH ROW
         WHEN ((NEW.cutover ->> 'isPastReturn')::bool) EXECUTE FUNCTION seren_replicator_sync.refuse();`,
    );
  });

  it('leaves all as they were when one cannot be', async () => {
    const before = await Promise.all(pairs.map(standingOf));
    const said: string[] = [];
    const { failure } = await runCutover({ ...all, options, onLog: (_, message) => said.push(message) });
    expect(failure?.message).toMatch(/refused.*Everything is as it was before/);
    // Those of one database are not in the way of another's.
    expect(said).not.toContainEqual(expect.stringMatching(/lost|could not be ended/));
    expect(await Promise.all(pairs.map(standingOf))).toEqual(before);
    for (const pair of pairs) await expectFlow(pair);
  });

  it('tells which one could not be taken back, and takes the others back', async () => {
    let breaking: Promise<unknown> | undefined;
    const { failure } = await runCutover({
      ...all,
      options: { lock_source: true },
      onProgress: ({ phase }) => {
        if (phase !== 'verify') return;
        breaking ??= runSql(last, 'ALTER TABLE seren_replicator_sync.progress RENAME TO elsewhere');
      },
    });
    await breaking;
    expect(failure?.message).toMatch(/refused.*progress.*may be read-only still.*ALTER DATABASE/);
    for (const pair of pairs) {
      const [settings] = (await standingOf(pair)) as unknown[];
      expect(settings).toHaveLength(pair.target === last ? 1 : 0);
    }
    await runSql(last, 'ALTER TABLE seren_replicator_sync.elsewhere RENAME TO progress');
  });

  it('cuts over all of them', async () => {
    await runSql(last, 'DROP TRIGGER refuse ON seren_replicator_sync.run');
    const { result, failure } = await runCutover({ ...all, options });
    expect(failure).toBeNull();
    expect(result.reverse).toHaveLength(pairs.length);
    for (const { source, target } of pairs) await expectFlow({ source: target, target: source });
  });
});
