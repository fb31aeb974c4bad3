/** A cutover that ends well, on real servers. */
import { describe, expect, it } from '@jest/globals';
import { expectFlow, runCutover, standingOf, startFollowed, startWriter, until } from './cutover-world.ts';
import { runSql } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17);

describe('cutover', () => {
  it('loses no acknowledged write of writers that go on until they meet the lock', async () => {
    const both = await startFollowed(servers);
    const { source, target } = both;
    const writers = Array.from({ length: 4 }, () => startWriter(source));
    await until(() => Promise.resolve(writers.every(({ written }) => written.size > 20)));
    await runSql(source, "SELECT nextval('tickets') FROM generate_series(1, 7)");
    await runSql(source, 'INSERT INTO countdown SELECT FROM generate_series(1, 9)');
    const { result, failure } = await runCutover({ source, target, options: { lock_source: true } });
    expect(failure).toBeNull();
    expect(result).toMatchObject({ command: 'cutover', dry_run: false, reverse: null });
    expect(result.steps.map(({ step, status }) => `${step}: ${status}`)).toEqual([
      'preflight: done',
      'catch up: done',
      'lock source: done',
      'last writers: done',
      'drain: done',
      'sequences: done',
      'materialized views: done',
      'verify: done',
      'hand over: done',
    ]);
    expect(await Promise.all(writers.map(({ refused }) => refused))).toEqual(Array(4).fill('25006'));
    const written = writers.flatMap((writer) => [...writer.written]);
    expect(await runSql(target, 'SELECT FROM orders WHERE id = ANY ($1::bigint[])', [written])).toHaveLength(
      written.length,
    );
    expect(result.pause_seconds).toBeGreaterThan(0);
    expect(result.pause_seconds).toBeLessThan(20);
    expect(result.target).not.toContain(servers.target.password);
    expect(result.verification?.tables.every(({ equal }) => equal)).toBe(true);

    // Nothing of ours is left; the source stays locked.
    expect(await standingOf(both)).toMatchObject([
      [{ setconfig: ['default_transaction_read_only=on'] }],
      [{ publications: null, slots: null, subscriptions: null, schemas: null }],
      expect.anything(),
      [],
      [{ publications: null, slots: null, subscriptions: null, schemas: null }],
      expect.anything(),
    ]);
    const [next] = await runSql(
      target,
      `WITH o AS (INSERT INTO orders (note) VALUES ('after') RETURNING id),
            c AS (INSERT INTO countdown DEFAULT VALUES RETURNING id)
       SELECT o.id > ALL (SELECT id FROM orders) AS is_new, c.id AS countdown, nextval('tickets') AS ticket FROM o, c`,
    );
    expect(next).toEqual({ is_new: true, countdown: -9, ticket: '36' });
    const [views] = await runSql(
      target,
      `SELECT (SELECT sum(count) FROM by_letter)::int AS by_letter, (SELECT orders FROM letter_count)::int AS orders,
              (SELECT count(*) FROM orders)::int - 1 AS rows,
              (SELECT relispopulated FROM pg_class WHERE relname = 'never_filled') AS filled`,
    );
    expect(views).toEqual({
      by_letter: views?.['rows'],
      orders: views?.['rows'],
      rows: views?.['rows'],
      filled: false,
    });
    // The advice undoes the lock.
    const { detail } = result.steps.find(({ step }) => step === 'lock source') ?? { detail: '' };
    await runSql(servers.source.url(), detail.slice(detail.indexOf('ALTER DATABASE')));
    await runSql(source, "INSERT INTO orders (note) VALUES ('writable again')");
  });

  it('waits for what a target that is held up has not applied yet', async () => {
    const { source, target } = await startFollowed(servers);
    const writer = startWriter(source);
    await until(() => Promise.resolve(writer.written.size > 20));
    let holding: Promise<unknown> | undefined;
    const { failure } = await runCutover({
      source,
      target,
      options: { lock_source: true, cutover_verification: 'none' },
      onProgress: ({ phase }) => {
        if (phase !== 'lock source') return;
        holding ??= runSql(target, 'BEGIN; LOCK TABLE orders IN EXCLUSIVE MODE; SELECT pg_sleep(2); COMMIT');
      },
    });
    await holding;
    expect(failure).toBeNull();
    await writer.refused;
    const [row] = await runSql(
      target,
      'SELECT count(*)::int AS n FROM orders WHERE id = ANY ($1::bigint[])',
      [[...writer.written]],
    );
    expect(row).toEqual({ n: writer.written.size });
  });

  it('needs a database that follows', async () => {
    const { source, target } = await startFollowed(servers);
    await runCutover({ source, target });
    await expect(runCutover({ source, target })).rejects.toMatchObject({ code: 'sync_missing' });
  });

  it('compares by counting when told so, and not at all when told that', async () => {
    for (const [method, tables] of [
      ['counts', 2],
      ['none', undefined],
    ] as const) {
      const { source, target } = await startFollowed(servers);
      const { result, failure } = await runCutover({
        source,
        target,
        options: { cutover_verification: method },
      });
      expect(failure).toBeNull();
      expect(result.verification?.tables.length).toBe(tables);
    }
  });

  it('does not wait for a standby of the source that is away', async () => {
    const both = await startFollowed(servers);
    await runSql(both.source, "ALTER SYSTEM SET synchronous_standby_names = 'away'");
    await runSql(both.source, 'SELECT pg_reload_conf()');
    try {
      const { failure } = await runCutover({ ...both, options: { lock_source: true } });
      expect(failure).toBeNull();
    } finally {
      await runSql(both.source, 'ALTER SYSTEM RESET synchronous_standby_names');
      await runSql(both.source, 'SELECT pg_reload_conf()');
    }
  });

  it('tells its steps and changes nothing in a dry run', async () => {
    const both = await startFollowed(servers);
    const before = await standingOf(both);
    const { result, failure } = await runCutover({
      ...both,
      options: { dry_run: true, lock_source: true, reverse: true },
    });
    expect(failure).toBeNull();
    expect(result.dry_run).toBe(true);
    expect(result.steps.map(({ step }) => step)).toContain('follow back');
    for (const { status, seconds, detail } of result.steps) {
      expect(status).toBe('planned');
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(detail).not.toBe('');
    }
    expect(await standingOf(both)).toEqual(before);
    await expectFlow(both);
  });

  it('tells in a dry run what would fail, and the other steps all the same', async () => {
    const both = await startFollowed(servers);
    await runSql(both.target, 'DROP SEQUENCE tickets');
    const { result, failure } = await runCutover({ ...both, options: { dry_run: true } });
    expect(failure).toMatchObject({ message: expect.stringContaining('public.tickets') });
    expect(result.steps.map(({ step, status }) => `${step}: ${status}`)).toEqual([
      'preflight: failed',
      'catch up: planned',
      'last writers: planned',
      'drain: planned',
      'sequences: failed',
      'materialized views: planned',
      'verify: planned',
      'hand over: planned',
    ]);
  });
});
