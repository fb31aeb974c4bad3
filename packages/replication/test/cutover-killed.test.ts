/** A cutover whose process dies: the next run finds what it left, and finishes or undoes it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { IS_SOAK } from './copied-again.ts';
import {
  expectFlow,
  MANY,
  runCutover,
  standingOf,
  startFollowed,
  startWriter,
  until,
  type Followed,
} from './cutover-world.ts';
import { readStatus } from './followed-pair.ts';
import { run, runSql } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17, MANY);

const options = { lock_source: true };
const STEPS = ['lock source', 'last writers', 'drain', 'sequences', 'verify', 'hand over'];

interface Run {
  child: ChildProcess;
  exited: Promise<unknown>;
  /** All that it has said: its steps, and its outcome. */
  lines: string[];
}

/** Starts a run in a process of its own. */
function startRun(both: Followed, more: object, onLine: (line: string) => void): Run {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'run-engine.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify({ command: 'cutover', ...both, options: { ...options, ...more } }));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    onLine(line);
  });
  return { child, exited, lines };
}

/** Kills a run as soon as it says that it is in a step. */
async function killIn(step: string, both: Followed, afterMs = 0, more: object = {}): Promise<void> {
  const { child, exited } = startRun(both, more, (line) => {
    if (line === step) setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  await exited;
  expect(child.signalCode).toBe('SIGKILL');
}

describe('a cutover that is killed', () => {
  it.each(IS_SOAK ? STEPS : ['lock source', 'hand over'])(
    'in the step %s is finished by a second run, and loses nothing',
    async (step) => {
      const both = await startFollowed(servers);
      const writer = startWriter(both.source);
      await until(() => Promise.resolve(writer.written.size > 20));
      await killIn(step, both, 5);
      const [locked] = await runSql(
        both.target,
        `SELECT extract(epoch FROM clock_timestamp() - (cutover -> 'lock' ->> 'since')::timestamptz)::float8 AS seconds
         FROM seren_replicator_sync.run`,
      );
      const { result, failure } = await runCutover({ ...both, options });
      expect(failure).toBeNull();
      if (locked?.['seconds'] != null) {
        const own = result.steps.reduce((sum, { seconds }) => sum + seconds, 0);
        expect(result.pause_seconds).toBeGreaterThanOrEqual(own + Number(locked['seconds']));
      }
      await writer.refused;
      const ids = [...writer.written];
      expect(
        await runSql(both.target, 'SELECT FROM orders WHERE id = ANY ($1::bigint[])', [ids]),
      ).toHaveLength(ids.length);
      const nothing = [{ publications: null, slots: null, subscriptions: null, schemas: null }];
      expect(await standingOf(both)).toMatchObject([
        [{ setconfig: ['default_transaction_read_only=on'] }],
        nothing,
        expect.anything(),
        [],
        nothing,
        expect.anything(),
      ]);
    },
  );

  it('is taken back by a run that fails', async () => {
    const both = await startFollowed(servers);
    const before = await standingOf(both);
    await killIn('verify', both, 0, { reverse: true });
    expect(await standingOf(both)).not.toEqual(before);
    await runSql(both.target, 'UPDATE orders SET note = NULL WHERE id = 3');
    const { failure } = await runCutover(both);
    expect(failure).toMatchObject({ code: 'contents_differ' });
    expect((await standingOf(both)) as unknown[]).toMatchObject([
      [],
      ...(before as unknown[]).slice(1, 5),
      {},
    ]);
    await expectFlow(both);
  });

  it.each([false, true])('is taken back by sync, also one that ends it all: %s', async (stop) => {
    const both = await startFollowed(servers);
    const before = (await standingOf(both)) as unknown[];
    await killIn('hand over', both, 0, { reverse: true });
    expect((await readStatus(both)).only.attention).toContainEqual({
      message: 'a cutover was interrupted, and the source is read-only since then',
      fix: expect.stringContaining('sync'),
    });
    const { failure } = await run({ ...both, command: 'sync', options: { stop } });
    expect(failure).toBeNull();
    const [settings, source, , , target] = (await standingOf(both)) as unknown[];
    expect(settings).toEqual([]);
    const nothing = [{ publications: null, slots: null, subscriptions: null, schemas: null }];
    expect([source, target]).toEqual(stop ? [nothing, nothing] : [before[1], before[4]]);
    if (!stop) await expectFlow(both);
  });

  it('with its way back prepared sends nothing back, and is not in the way of the next one', async () => {
    const both = await startFollowed(servers);
    const more = { lock_source: false, reverse: true };
    await killIn('hand over', both, 0, more);
    await runSql(both.source, "INSERT INTO orders (note) VALUES ('late')");
    for (const n of [1, 2])
      await runSql(both.source, 'UPDATE orders SET note = $1 WHERE id = 7', [String(n)]);
    await expectFlow(both);
    expect((await standingOf(both)) as unknown[]).toMatchObject([
      [],
      [{ subscriptions: null }],
      {},
      {},
      {},
      {},
    ]);
    expect(await runSql(both.source, 'SELECT note FROM orders WHERE id = 7')).toEqual([{ note: '2' }]);
    expect((await runCutover({ ...both, options: more })).failure).toBeNull();
    await expectFlow({ source: both.target, target: both.source });
  });

  it('past its point of no return is only to be finished, and nothing else is advised', async () => {
    const both = await startFollowed(servers);
    const done = runCutover({ ...both, onDone: () => Promise.reject(new Error('the worker is lost')) });
    await expect(done).rejects.toThrow('the worker is lost');
    const { failure, only } = await readStatus(both);
    expect(failure).toBeNull();
    expect(only).toMatchObject({ state: 'waiting', slot: null });
    expect(only.attention).toEqual([
      {
        message: 'a cutover was interrupted past its point of no return',
        fix: 'to finish it: seren-replicator cutover, with the arguments of before',
      },
    ]);
    await expect(run({ ...both, command: 'sync' })).rejects.toMatchObject({
      code: 'sync_missing',
      message: expect.stringContaining('run cutover again'),
    });
    const { result } = await runCutover(both);
    expect(result.steps.map(({ step }) => step)).toEqual(['hand over']);
    await expect(runCutover(both)).rejects.toMatchObject({ code: 'sync_missing' });
  });

  it('just before the slot is dropped is begun again, and loses nothing that was written since', async () => {
    const both = await startFollowed(servers);
    await markPastReturn(both);
    await runSql(both.target, `ALTER SUBSCRIPTION ${await subscriptionOf(both)} DISABLE`);
    await runSql(both.source, "INSERT INTO orders (note) SELECT 'late' FROM generate_series(1, 5000)");
    expect((await readStatus(both)).only.attention).toContainEqual({
      message: 'a cutover was interrupted',
      fix: expect.stringContaining('seren-replicator cutover'),
    });
    expect((await runCutover(both)).failure).toBeNull();
    expect(
      await runSql(
        both.target,
        "INSERT INTO orders (note) VALUES ('x') RETURNING id::int, (SELECT count(*)::int FROM orders) AS before",
      ),
    ).toEqual([{ id: 5501, before: 5500 }]);
  });

  it('without a word to its servers is found, taken over from, and does nothing when it wakes up', async () => {
    const both = await startFollowed(servers);
    const { child, exited, lines } = startRun(both, {}, (line) => {
      if (line === 'drain') child.kill('SIGSTOP');
    });
    const tuning = { deadAfterMs: 6_000 };
    await until(async () => {
      const { only } = await readStatus(both, { tuning });
      return only.attention.some(({ message }) => message.startsWith('a cutover was interrupted'));
    });
    const { failure } = await runCutover({ ...both, tuning, options });
    expect(failure).toBeNull();
    child.kill('SIGCONT');
    await exited;
    expect(lines.at(-1)).toContain('Another run has ended the sync');
    expect(await standingOf(both)).toMatchObject([
      [{ setconfig: ['default_transaction_read_only=on'] }],
      [{ slots: null }],
      expect.anything(),
      [],
      [{ subscriptions: null }],
      expect.anything(),
    ]);
  });

  it('keeps a second one waiting for as long as it lives', async () => {
    const both = await startFollowed(servers);
    let second: Promise<unknown> | undefined;
    const first = runCutover({
      ...both,
      onProgress: ({ phase }) => {
        if (phase === 'drain') second ??= runCutover(both).catch((error: unknown) => error);
      },
    });
    await first;
    expect(await second).toMatchObject({ code: expect.stringMatching(/target_in_use|sync_missing/) });
  });
});

async function subscriptionOf({ target }: Followed): Promise<string> {
  const [row] = await runSql(
    target,
    'SELECT subname::text AS name FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())',
  );
  return row?.['name'] as string;
}

async function markPastReturn({ target }: Followed): Promise<void> {
  const [schema] = await runSql(
    target,
    "SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'seren%'",
  );
  await runSql(
    target,
    `UPDATE ${String(schema?.['name'])}.run
     SET cutover = '{"lock": null, "isReverseBegun": false, "isPastReturn": true}'`,
  );
}
