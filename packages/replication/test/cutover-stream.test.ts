/** A target whose changes a job of ours applies, or nobody: the job's next attempts, and a cutover of it. */
import { describe, expect, it } from '@jest/globals';
import type { CommandOutcome } from '../src/engine.ts';
import {
  expectFlow,
  MANY,
  runCutover,
  standingOf,
  startJob,
  startStreamed,
  startWriter,
  until,
  type Followed,
  type Writer,
} from './cutover-world.ts';
import { run, runSql } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17, MANY);

const options = { lock_source: true };

async function expectAll({ target }: Followed, { written, refused }: Writer): Promise<void> {
  await refused;
  const ids = [...written];
  expect(await runSql(target, 'SELECT FROM orders WHERE id = ANY ($1::bigint[])', [ids])).toHaveLength(
    ids.length,
  );
}

describe('a cutover of what a job streams', () => {
  it('loses nothing, and lets the job end well', async () => {
    const { following, ...both } = await startStreamed(servers);
    const writer = startWriter(both.source);
    await until(() => Promise.resolve(writer.written.size > 50));
    const { failure } = await runCutover({ ...both, options });
    expect(failure).toBeNull();
    await expectAll(both, writer);
    expect((await following).failure).toBeNull();
    expect(await standingOf(both)).toMatchObject([
      [{}],
      [{ publications: null, slots: null, subscriptions: null, schemas: null }],
      {},
      [],
      [{ publications: null, slots: null, subscriptions: null, schemas: null }],
      {},
    ]);
  });

  it.each(['nobody', 'a job that an interrupted cutover has ended'])(
    'applies what %s has applied',
    async (who) => {
      const { leave, ...both } = await startStreamed(servers);
      await leave();
      if (who !== 'nobody') {
        await runSql(
          both.target,
          `UPDATE seren_replicator_sync.run
         SET stop_at = '0/0', cutover = '{"lock": null, "isReverseBegun": false, "isPastReturn": true}'`,
        );
      }
      const writer = startWriter(both.source);
      await until(() => Promise.resolve(writer.written.size > 50));
      const { failure } = await runCutover({ ...both, options });
      expect(failure).toBeNull();
      await expectAll(both, writer);
    },
  );

  it('that is taken back leaves the job following', async () => {
    const { following, leave, ...both } = await startStreamed(servers);
    await runSql(both.target, 'DELETE FROM orders WHERE id = 7');
    const { failure } = await runCutover({ ...both, options });
    expect(failure).toMatchObject({ code: 'contents_differ' });
    await expectFlow(both);
    await leave();
    await expect(following).rejects.toMatchObject({ code: 'cancelled' });
    await run({ ...both, command: 'sync', options: { stop: true } });
  });

  it.each(['catch up', 'drain'])('that is cancelled in the step %s can be gone on with', async (step) => {
    const { leave, ...both } = await startStreamed(servers);
    await leave();
    await runSql(both.source, "INSERT INTO orders (note) SELECT 'late' FROM generate_series(1, 100)");
    const cancelling = new AbortController();
    const running = runCutover({
      ...both,
      options,
      signal: cancelling.signal,
      onProgress: ({ phase }) => {
        if (phase === step) setTimeout(() => cancelling.abort(), 20);
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect((await standingOf(both)) as unknown[]).toMatchObject([[], {}, {}, [], {}, {}]);
    expect((await runCutover({ ...both, options })).failure).toBeNull();
  });
});

describe('the next attempt of a job that streams, and that was to drop what was there', () => {
  const options = { drop_existing: true };
  const database = 'SELECT oid FROM pg_database WHERE datname = current_database()';

  it.each([true, false])('goes on following (it was noted that it follows: %s)', async (hasFollowed) => {
    const first = await startStreamed(servers, { options, job: { id: 'a', hasFollowed: false } });
    await first.leave();
    const before = await runSql(first.target, database);
    const second = await startJob(first, { options, job: { id: 'a', hasFollowed } });
    await expectFlow(second);
    expect(await runSql(first.target, database)).toEqual(before);
    await second.leave();
    await run({ ...first, command: 'sync', options: { stop: true } });
  });

  it('ends well and drops nothing once it is cut over', async () => {
    const first = await startStreamed(servers, { options, job: { id: 'a', hasFollowed: false } });
    await first.leave();
    expect((await runCutover(first)).failure).toBeNull();
    const before = await runSql(first.target, database);
    const { failure, result } = await (
      await startJob(first, { options, job: { id: 'a', hasFollowed: true } })
    ).following;
    expect(failure).toBeNull();
    expect(result).toMatchObject({ command: 'init', databases: 0 });
    expect(await runSql(first.target, database)).toEqual(before);
  });
});

it('a run that is to follow waits for a cutover that is under way, and ends well after it', async () => {
  const first = await startStreamed(servers, { job: { id: 'a', hasFollowed: false } });
  await first.leave();
  const { source, target } = first;
  // Longer than a claim is waited for at a time.
  const view = `CREATE MATERIALIZED VIEW slow AS
                SELECT count(*), pg_sleep(4 * (count(*) > 500)::int)::text FROM orders`;
  for (const url of [source, target]) await runSql(url, view);
  await runSql(source, "INSERT INTO orders (note) VALUES ('one more')");
  let waiting: Promise<CommandOutcome>[] = [];
  const { failure } = await runCutover({
    source,
    target,
    onProgress: ({ phase }) => {
      if (phase !== 'materialized views' || waiting.length > 0) return;
      waiting = [
        run({ source, target, command: 'sync' }),
        startJob(first, { job: { id: 'a', hasFollowed: true } }).then(({ following }) => following),
      ];
    },
  });
  expect(failure).toBeNull();
  const ended = await Promise.all(waiting);
  expect(ended.map((each) => each.failure)).toEqual([null, null]);
  expect(ended.map(({ result }) => result)).toMatchObject([
    { command: 'sync', stopped: true, databases: [{ transactions: 0 }] },
    { command: 'init', databases: 1, rows: 500 },
  ]);
  expect(ended[1]?.result).not.toHaveProperty('sync');
});
