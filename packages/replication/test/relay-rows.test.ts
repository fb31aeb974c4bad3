import { describe, expect, it } from '@jest/globals';
import { ConnectionUrl } from '@seren-replicator/job-models';
import pg from 'pg';
import { RateLimit } from '../src/copy/rate-limit.ts';
import { relayRows, type RelayKind } from '../src/copy/relay-rows.ts';
import type { Session } from '../src/session/session.ts';
import { withServers } from '../src/session/with-servers.ts';
import { createDatabase, runSql } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(18, 14);

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

async function withSessions<Result>(
  source: string,
  target: string,
  work: (source: Session, target: Session) => Promise<Result>,
): Promise<Result> {
  const input = { sourceUrl: ConnectionUrl.parse(source), targetUrl: ConnectionUrl.parse(target), log };
  return withServers({ ...input, signal: new AbortController().signal }, (both) =>
    both.source.withSession((from) => both.target.withSession((to) => work(from, to))),
  );
}

const kinds: RelayKind[] = ['frames', 'streams'];

async function relay(
  kind: RelayKind,
  source: Session,
  target: Session,
  from = 'TABLE t',
  onBytes = (_: number) => {},
) {
  return relayRows(
    {
      source,
      target,
      copyToSql: `COPY (${from}) TO STDOUT`,
      copyFromSql: 'COPY public.t FROM STDIN',
      label: 'public.t',
      onBytes,
      rate: new RateLimit(null),
      signal: new AbortController().signal,
    },
    kind,
  );
}

const digest =
  'SELECT count(*)::int AS n, md5(string_agg(md5(t::text), \'\' ORDER BY t::text COLLATE "C")) AS hash FROM t';

describe.each(kinds)('the relay by %s', (kind) => {
  it('carries rows of every size unchanged, and both sessions go on working', async () => {
    const table = 'CREATE TABLE t (id int, v text)';
    const source = await createDatabase(
      servers.source,
      `${table}; INSERT INTO t SELECT i, repeat(chr(65 + i % 26), i % 5000) FROM generate_series(1, 3000) AS i;
       INSERT INTO t VALUES (0, NULL), (0, ''), (0, E'\\\\.\\n\\t'); INSERT INTO t SELECT -1, repeat('x', 70000000)`,
    );
    const target = await createDatabase(servers.target, table);
    await withSessions(source, target, async (from, to) => {
      let bytes = 0;
      expect(await relay(kind, from, to, 'TABLE public.t', (count) => (bytes += count))).toBe(3004);
      expect(bytes).toBeGreaterThan(70_000_000);
      expect(await relay(kind, from, to, 'SELECT * FROM public.t WHERE id = 0')).toBe(3);
      expect(await from.query('count', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await to.execute(
        'undo',
        'DELETE FROM public.t WHERE ctid IN (SELECT ctid FROM public.t WHERE id = 0 OFFSET 3)',
      );
    });
    expect(await runSql(target, digest)).toEqual(await runSql(source, digest));
  });

  it('takes its time when the rate is limited', async () => {
    const source = await createDatabase(
      servers.source,
      "CREATE TABLE t (v text); INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 1000)",
    );
    const target = await createDatabase(servers.target, 'CREATE TABLE t (v text)');
    await withSessions(source, target, async (from, to) => {
      const startedAt = performance.now();
      const input = { source: from, target: to, label: 't', onBytes: () => undefined };
      const rows = await relayRows(
        {
          ...input,
          copyToSql: 'COPY (TABLE public.t) TO STDOUT',
          copyFromSql: 'COPY public.t FROM STDIN',
          rate: new RateLimit(1_000_000),
          signal: new AbortController().signal,
        },
        kind,
      );
      expect(rows).toBe(1000);
      // A million bytes at a million a second, less the burst and the last chunk, after which nothing is waited for.
      expect(performance.now() - startedAt).toBeGreaterThan(700);
    });
  });

  it('carries no rows at all', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (id int)');
    const target = await createDatabase(servers.target, 'CREATE TABLE t (id int)');
    await withSessions(source, target, async (from, to) => {
      expect(await relay(kind, from, to, 'TABLE public.t')).toBe(0);
    });
  });

  it("tells the source's error, and leaves no rows", async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 100000)',
    );
    const target = await createDatabase(servers.target, 'CREATE TABLE t (id int)');
    await withSessions(source, target, async (from, to) => {
      await expect(relay(kind, from, to, 'SELECT 1 / (id - 90000) FROM public.t')).rejects.toMatchObject({
        code: 'query_failed',
        message: expect.stringMatching(/^The source .*division by zero/),
      });
    });
    expect(await runSql(target, 'TABLE t')).toEqual([]);
  });

  it("tells the target's error while the source is still sending", async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 2000000)',
    );
    const target = await createDatabase(servers.target, 'CREATE TABLE t (id int CHECK (id <> 5000))');
    await withSessions(source, target, async (from, to) => {
      await expect(relay(kind, from, to, 'TABLE public.t')).rejects.toMatchObject({
        message: expect.stringMatching(/^The target .*check constraint/),
      });
    });
    expect(await runSql(target, 'TABLE t')).toEqual([]);
  });

  it('tells that the target cannot even begin', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (id int); INSERT INTO t VALUES (1)');
    const target = await createDatabase(servers.target);
    await withSessions(source, target, async (from, to) => {
      await expect(relay(kind, from, to, 'TABLE public.t')).rejects.toMatchObject({ code: 'object_missing' });
    });
  });

  it.each(['source', 'target'] as const)('tells when the %s ends the session in the middle', async (side) => {
    const source = await createDatabase(
      servers.source,
      'CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, repeat(md5(i::text), 20) FROM generate_series(1, 50000) AS i',
    );
    // Row 1000 waits until the session is ended: more is on its way than all buffers hold.
    const target = await createDatabase(
      servers.target,
      `CREATE TABLE t (id int, v text);
       CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$;
       CREATE TRIGGER wait BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.id = 1000) EXECUTE FUNCTION wait()`,
    );
    const holder = new pg.Client({ connectionString: target });
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(7)');
    await withSessions(source, target, async (from, to) => {
      let terminating: Promise<unknown> | undefined;
      const victim = side === 'source' ? from : to;
      const terminate = async () => {
        await runSql(servers[side].url(), 'SELECT pg_terminate_backend($1)', [victim.processId]);
        await holder.end();
      };
      const relaying = relay(kind, from, to, 'TABLE public.t', () => {
        terminating ??= terminate();
      });
      await expect(relaying).rejects.toMatchObject({ code: 'connection_lost' });
      await terminating;
    });
    expect(await runSql(target, 'TABLE t')).toEqual([]);
  });
});
