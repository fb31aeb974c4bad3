import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 17, { maintenance_work_mem: '40MB' });

/** Each index is of an expression that tells, while it is built, what memory there is; ANALYZE would make it tell again. */
const OBJECTS = `
  CREATE FUNCTION told(name text, value anyelement) RETURNS anyelement IMMUTABLE LANGUAGE plpgsql AS $$
    BEGIN RAISE LOG 'told: % in %', name, pg_catalog.current_setting('maintenance_work_mem'); RETURN value; END $$;
  CREATE TABLE a (id int, tags int[], place point); INSERT INTO a VALUES (1, '{1}', '(1,2)');
  CREATE TABLE b (LIKE a); INSERT INTO b TABLE a;
  CREATE TABLE c (LIKE a); INSERT INTO c TABLE a;
  CREATE INDEX tree ON a (public.told('tree', id));
  CREATE INDEX inverted ON b USING gin (public.told('inverted', tags));
  CREATE INDEX boxes ON c USING gist (public.told('boxes', place))`;

describe('the memory that an index is built in', () => {
  it.each([
    ['is little for methods that gain by it', true, ['boxes in 40MB', 'inverted in 8MB', 'tree in 8MB']],
    ["is the server's when told so", false, ['boxes in 40MB', 'inverted in 40MB', 'tree in 40MB']],
  ])('%s', async (_what, cachedIndexes, expected) => {
    const source = await createDatabase(servers.source, OBJECTS);
    const before = (await readFile(servers.target.logFile)).length;
    const target = unusedDatabaseUrl(servers.target);
    const { failure } = await run({
      source,
      target,
      options: { jobs: 1 },
      tuning: { cachedIndexes, statistics: false },
    });
    expect(failure).toBeNull();
    const logged = (await readFile(servers.target.logFile)).subarray(before).toString();
    const told = new Set([...logged.matchAll(/LOG: {2}told: (\w+ in \w+)/g)].map(([, text]) => text));
    expect([...told].sort()).toEqual(expected);
    expect(await runSql(target, 'SELECT id FROM a')).toEqual([{ id: 1 }]);
  });
});
