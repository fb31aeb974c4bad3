/** Locks of others are waited for, but not for ever. */
import { expect, it } from '@jest/globals';
import { ReplicatorError } from '@seren-replicator/job-models';
import pg from 'pg';
import { createDatabase, run, unusedDatabaseUrl, type RunInput } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 17);

const impatient = { tuning: { lockTimeoutMs: 300 } };

it('a table that is locked exclusively ends a copy, in words that say why', async () => {
  const source = await createDatabase(servers.source, 'CREATE TABLE busy (id int)');
  const target = unusedDatabaseUrl(servers.target);
  const error = await whileLocked(source, 'LOCK TABLE busy', { source, target, ...impatient });
  expect(error).toMatchObject({
    code: 'query_failed',
    message: expect.stringMatching(/lock timeout; somebody holds a lock there, or waits for one/),
  });
});

it('a row filter over a table that is locked exclusively is not waited for without end', async () => {
  const source = await createDatabase(servers.source, 'CREATE TABLE busy (id int)');
  const target = unusedDatabaseUrl(servers.target);
  const filter = { table_filters: [{ table: 'public.busy', where: 'id > 1' }] };
  const error = await whileLocked(source, 'LOCK TABLE busy', { source, target, filter, ...impatient });
  expect(error).toMatchObject({
    code: 'query_failed',
    message: expect.stringContaining(
      'could not plan the row filters: canceling statement due to lock timeout',
    ),
  });
});

it('a comparison ends likewise when it is the target that is locked', async () => {
  const urls = {
    source: await createDatabase(servers.source, 'CREATE TABLE busy (id int)'),
    target: await createDatabase(servers.target, 'CREATE TABLE busy (id int)'),
  };
  const error = await whileLocked(urls.target, 'LOCK TABLE busy', {
    command: 'verify',
    ...urls,
    ...impatient,
  });
  expect(error).toMatchObject({ message: expect.stringContaining('lock timeout') });
});

/** What a run fails with while another session holds a lock. */
async function whileLocked(url: string, lock: string, input: RunInput): Promise<ReplicatorError | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`BEGIN; ${lock}`);
    await run(input);
    return null;
  } catch (error) {
    if (error instanceof ReplicatorError) return error;
    throw error;
  } finally {
    await client.end();
  }
}
