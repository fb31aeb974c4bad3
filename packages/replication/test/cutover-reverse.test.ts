/** A cutover with a way back: the old source follows the new one, and may be cut over to again. */
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { nameOf, runCutover, standingOf, startFollowed, startWriter, until, MANY } from './cutover-world.ts';
import { run, runSql } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17, MANY);

/** Has a replica identity for as long as it is followed, there and back. */
const KEYLESS = 'CREATE TABLE keyless (n int); INSERT INTO keyless SELECT generate_series(1, 20)';

async function identityOf(url: string): Promise<unknown> {
  const [row] = await runSql(url, "SELECT relreplident FROM pg_class WHERE relname = 'keyless'");
  return row?.['relreplident'];
}

describe('a cutover with a way back', () => {
  it('does not send back what came the way there at the last moment', async () => {
    const there = await startFollowed(servers, { sql: 'CREATE TABLE late (id int PRIMARY KEY)' });
    let writing: Promise<void> | undefined;
    const write = async () => {
      for (let id = 100; id < 130; id += 1) await runSql(there.source, 'INSERT INTO late VALUES ($1)', [id]);
    };
    const { failure } = await runCutover({
      ...there,
      options: { reverse: true },
      onProgress: ({ phase }) => {
        if (phase === 'hand over') writing ??= write();
      },
    });
    expect(failure).toBeNull();
    await writing;
    await runSql(there.target, 'INSERT INTO late VALUES (1)');
    await until(async () => (await runSql(there.source, 'SELECT FROM late WHERE id = 1')).length > 0);
    await run({ source: there.target, target: there.source, command: 'sync', options: { stop: true } });
  });

  it.each([true, false])(
    'loses nothing there and back again, with the source locked: %s',
    async (lock_source) => {
      const there = await startFollowed(servers, { sql: KEYLESS, no_key_tables: 'full' });
      const back = { source: there.target, target: there.source };
      const { result, failure } = await runCutover({ ...there, options: { lock_source, reverse: true } });
      expect(failure).toBeNull();
      expect(result.reverse).toMatchObject([{ method: 'subscription', tables: 3, left_out: [] }]);

      expect(await identityOf(back.source)).toBe('f');
      await runSql(back.source, 'UPDATE keyless SET n = n * 2 WHERE n > 15; DELETE FROM keyless WHERE n < 3');
      const writer = startWriter(back.source);
      await until(() => Promise.resolve(writer.written.size > 50));
      await runSql(back.source, "SELECT nextval('tickets') FROM generate_series(1, 3)");
      await until(async () => {
        const ids = [...writer.written].slice(0, 50);
        return (
          (await runSql(back.target, 'SELECT FROM orders WHERE id = ANY ($1::bigint[])', [ids])).length === 50
        );
      });
      const second = await runCutover({ ...back, options: { lock_source: true } });
      expect(second.failure).toBeNull();
      await writer.refused;
      const ids = [...writer.written];
      expect(
        await runSql(back.target, 'SELECT FROM orders WHERE id = ANY ($1::bigint[])', [ids]),
      ).toHaveLength(ids.length);
      expect(await runSql(back.target, 'SELECT sum(n)::int FROM keyless')).toEqual([{ sum: 297 }]);
      for (const url of [back.source, back.target]) expect(await identityOf(url)).toBe('d');
      // What was the source first is so again: writable, and with sequences that go on.
      expect(
        await runSql(
          there.source,
          "INSERT INTO orders (note) VALUES ('home again') RETURNING id > ALL (SELECT id FROM orders) AS is_new, nextval('tickets') AS ticket",
        ),
      ).toEqual([{ is_new: true, ticket: '16' }]);
      const nothing = [{ publications: null, slots: null, subscriptions: null, schemas: null }];
      expect(await standingOf(there)).toMatchObject([[], nothing, {}, [{}], nothing, {}]);
    },
  );

  it('gives the old source back the setting that it had, and sessions that may write', async () => {
    const there = await startFollowed(servers);
    const back = { source: there.target, target: there.source };
    const setting = 'default_transaction_read_only=off';
    await runSql(
      servers.source.url(),
      `ALTER DATABASE ${await nameOf(there.source)} SET ${setting.replace('=', ' = ')}`,
    );
    const options = { lock_source: true, reverse: true };
    expect((await runCutover({ ...there, options })).failure).toBeNull();
    const pooled = new pg.Client({ connectionString: there.source });
    const ended = new Promise((resolve) => pooled.on('error', resolve));
    await pooled.connect();
    expect((await runCutover({ ...back, options: { lock_source: true } })).failure).toBeNull();
    await ended;
    expect(await standingOf(there)).toMatchObject([[{ setconfig: [setting] }], {}, {}, {}, {}, {}]);
    await runSql(there.source, "INSERT INTO orders (note) VALUES ('home again')");
  });
});
