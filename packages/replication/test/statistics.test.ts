/** The planner's statistics that a copy leaves behind: those of every table, and none of them gathered twice. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InitResult } from '@seren-replicator/job-models';
import type { PostgresMajor } from '@seren-replicator/local-servers';
import {
  createDatabase,
  run,
  runSql,
  startServerPair,
  uniqueName,
  unusedDatabaseUrl,
  type ServerPair,
} from './database-pair.ts';

/** Before release 18, ANALYZE of a partitioned table is also one of its partitions. */
const majors: PostgresMajor[] = [15, 18];

describe.each(majors)('on PostgreSQL %i', (major) => {
  let servers: ServerPair;

  beforeAll(async () => {
    servers = await startServerPair(major, major);
  });

  afterAll(() => servers.stop());

  it('are there for trees and all of their tables, each of which is analysed once', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE TABLE root (a int, b int) PARTITION BY LIST (a);
       CREATE TABLE leaf PARTITION OF root FOR VALUES IN (1);
       CREATE TABLE inner_root PARTITION OF root FOR VALUES IN (2) PARTITION BY LIST (b);
       CREATE TABLE inner_leaf PARTITION OF inner_root DEFAULT;
       CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent);
       CREATE INDEX by_sum ON inner_leaf ((a + b)); CREATE INDEX ON root (b);
       INSERT INTO root SELECT 1 + i % 2, i FROM generate_series(1, 1000) AS i;
       INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2);
       CREATE STATISTICS of_root (ndistinct) ON a, b FROM root;
       CREATE MATERIALIZED VIEW filled AS SELECT 1 AS a;`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const { result } = await run({ source, target });
    expect((result as InitResult).skipped).toEqual([]);
    expect(await runSql(target, WHAT_HAS_STATISTICS)).toEqual([{ names: EXPECTED_STATISTICS }]);
    expect(await runSql(target, 'SELECT stxdinherit FROM pg_statistic_ext_data')).toEqual([
      { stxdinherit: true },
    ]);
    expect(
      await runSql(target, `SELECT relname::text FROM pg_stat_user_tables WHERE analyze_count <> 1`),
    ).toEqual([]);
  });

  it('that ask for privileges or for the rows of other tables are gathered when those are there', async () => {
    const owner = uniqueName('owner');
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE ${owner};
       CREATE TABLE guarded (id int); INSERT INTO guarded VALUES (1); GRANT SELECT ON guarded TO ${owner};
       CREATE FUNCTION counted(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT count(*)::int + $1 FROM public.guarded';
       CREATE TABLE asking (id int, b int); CREATE STATISTICS of_asking ON (counted(id)), b FROM asking;
       ALTER TABLE asking OWNER TO ${owner}; ALTER STATISTICS of_asking OWNER TO ${owner};
       INSERT INTO asking SELECT i, i FROM generate_series(1, 100) AS i`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const { result } = await run({ source, target });
    expect((result as InitResult).skipped).toEqual([]);
    expect(await runSql(target, 'SELECT count(*)::int FROM pg_statistic_ext_data')).toEqual([{ count: 1 }]);
  });
});

const WHAT_HAS_STATISTICS = `
  SELECT array_agg(DISTINCT tablename::text || CASE WHEN inherited THEN ' and below' ELSE '' END) AS names
  FROM pg_stats WHERE schemaname = 'public'`;
const EXPECTED_STATISTICS = [
  'by_sum',
  'child',
  'filled',
  'inner_leaf',
  'inner_root and below',
  'leaf',
  'parent',
  'parent and below',
  'root and below',
];
