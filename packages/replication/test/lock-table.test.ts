/** A server has room for a limited number of locks, and a query takes one on every table and index that it reads. */
import { expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, run } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const TABLES = 200;
/** A table, its index, and what a query locks of the catalogue. */
const MAX_LOCKS = 50;

const servers = useServerPair(17, 17);

it('a comparison holds locks on few of the tables that it has read', async () => {
  const fill = `DO $$ BEGIN FOR t IN 1..${TABLES} LOOP
    EXECUTE format('CREATE TABLE t%s (a int PRIMARY KEY)', t); COMMIT; END LOOP; END $$`;
  const urls = {
    source: await createDatabase(servers.source, fill),
    target: await createDatabase(servers.target, fill),
  };
  const ended = new AbortController();
  const mostHeld = Promise.all([urls.source, urls.target].map((url) => watchLocks(url, ended.signal)));
  const { failure } = await run({ command: 'verify', ...urls, options: { jobs: 1 } });
  ended.abort();
  expect(failure).toBeNull();
  for (const most of await mostHeld) {
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(MAX_LOCKS);
  }
});

/** The most locks on indexes that one session held at a time. */
async function watchLocks(url: string, signal: AbortSignal): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let most = 0;
  while (!signal.aborted) {
    const { rows } = await client.query<{ held: number }>(
      `SELECT count(*)::int AS held FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
       WHERE c.relkind = 'i' AND c.oid >= 16384 AND l.pid <> pg_backend_pid() GROUP BY l.pid`,
    );
    most = Math.max(most, ...rows.map(({ held }) => held));
  }
  await client.end();
  return most;
}
