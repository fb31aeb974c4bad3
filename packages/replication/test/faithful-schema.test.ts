/**
 * Definitions that tools lose: both sides are asked the same question of their catalogues, after a copy of rows and all.
 */
import { describe, expect, it } from '@jest/globals';
import type { InitResult } from '@seren-replicator/job-models';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(18, 18);

type Row = Record<string, unknown>;

/** Copies a database of these objects, and gives what both sides answer to a query; they must agree. */
async function afterCopyOf(objects: string, query: string): Promise<{ rows: Row[]; target: string }> {
  const source = await createDatabase(servers.source, objects);
  const target = unusedDatabaseUrl(servers.target);
  const { failure } = await run({ source, target });
  expect(failure).toBeNull();
  const rows = await runSql(target, query);
  expect(rows).toEqual(await runSql(source, query));
  return { rows, target };
}

const CONSTRAINTS = `
  SELECT conname::text AS name, pg_get_constraintdef(oid) AS definition, convalidated AS validated FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY conname`;

describe('constraints', () => {
  it('that exclude keep when they are checked', async () => {
    const { rows } = await afterCopyOf(
      `CREATE TABLE t (r int4range, EXCLUDE USING gist (r WITH &&) DEFERRABLE INITIALLY DEFERRED);
       INSERT INTO t VALUES ('[1,2]'), ('[5,6]')`,
      CONSTRAINTS,
    );
    expect(rows[0]?.['definition']).toBe('EXCLUDE USING gist (r WITH &&) DEFERRABLE INITIALLY DEFERRED');
  });

  it('keep NULLS NOT DISTINCT, INCLUDE, NO INHERIT, and stay not valid or not enforced', async () => {
    const { rows } = await afterCopyOf(
      `CREATE TABLE t (a int, b int, c int CONSTRAINT own CHECK (c > 0) NO INHERIT,
         CONSTRAINT one_null UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b));
       INSERT INTO t VALUES (NULL, -1, 1);
       ALTER TABLE t ADD CONSTRAINT later CHECK (b > 0) NOT VALID;
       ALTER TABLE t ADD CONSTRAINT never CHECK (b > 100) NOT ENFORCED`,
      CONSTRAINTS,
    );
    expect(rows).toEqual([
      { name: 'later', definition: 'CHECK ((b > 0)) NOT VALID', validated: false },
      { name: 'never', definition: 'CHECK ((b > 100)) NOT ENFORCED', validated: false },
      { name: 'one_null', definition: 'UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b)', validated: true },
      { name: 'own', definition: 'CHECK ((c > 0)) NO INHERIT', validated: true },
    ]);
  });

  it('of time: WITHOUT OVERLAPS, and references to a PERIOD', async () => {
    const { rows, target } = await afterCopyOf(
      `CREATE EXTENSION btree_gist;
       CREATE TABLE rooms (id int, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
       CREATE TABLE stays (room int, at daterange, FOREIGN KEY (room, PERIOD at) REFERENCES rooms (id, PERIOD at));
       INSERT INTO rooms VALUES (1, '[2024-01-01,2024-02-01)'), (1, '[2024-02-01,2024-03-01)');
       INSERT INTO stays VALUES (1, '[2024-01-15,2024-02-15)')`,
      CONSTRAINTS,
    );
    expect(rows.map(({ definition }) => definition)).toContain('PRIMARY KEY (id, at WITHOUT OVERLAPS)');
    await expect(
      runSql(target, `INSERT INTO rooms VALUES (1, '[2024-01-31,2024-02-02)')`),
    ).rejects.toMatchObject({ code: '23P01' });
  });

  it('that refer to each other in a circle hold on the target', async () => {
    const { target } = await afterCopyOf(
      `CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
       ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b; ALTER TABLE a ADD self int REFERENCES a;
       INSERT INTO a VALUES (1, NULL, 1); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1`,
      CONSTRAINTS,
    );
    await expect(runSql(target, 'DELETE FROM a')).rejects.toMatchObject({ code: '23503' });
  });
});

describe('indexes', () => {
  it('keep what hangs on them: clustering, replica identity, statistics targets, comments', async () => {
    const { rows } = await afterCopyOf(
      `CREATE TABLE t (id int NOT NULL, v text); INSERT INTO t VALUES (1, 'x');
       CREATE UNIQUE INDEX identity ON t (id); ALTER TABLE t REPLICA IDENTITY USING INDEX identity;
       CREATE INDEX clustered ON t (v); ALTER TABLE t CLUSTER ON clustered; COMMENT ON INDEX clustered IS 'order';
       CREATE INDEX measured ON t ((lower(v))); ALTER INDEX measured ALTER COLUMN 1 SET STATISTICS 321`,
      `SELECT indexrelid::regclass::text AS name, indisreplident, indisclustered, obj_description(indexrelid) AS comment,
              (SELECT max(attstattarget)::int FROM pg_attribute WHERE attrelid = indexrelid) AS target
       FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1`,
    );
    expect(rows).toEqual([
      { name: 'clustered', indisreplident: false, indisclustered: true, comment: 'order', target: null },
      { name: 'identity', indisreplident: true, indisclustered: false, comment: null, target: null },
      { name: 'measured', indisreplident: false, indisclustered: false, comment: null, target: 321 },
    ]);
  });

  it('that are invalid at the source are left there', async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1); CREATE INDEX fine ON t (id)',
    );
    await expect(runSql(source, 'CREATE UNIQUE INDEX CONCURRENTLY broken ON t (id)')).rejects.toMatchObject({
      code: '23505',
    });
    const target = unusedDatabaseUrl(servers.target);
    const { failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect(await runSql(target, `SELECT indexname::text FROM pg_indexes WHERE tablename = 't'`)).toEqual([
      { indexname: 'fine' },
    ]);
  });
});

it('extended statistics are there and filled', async () => {
  const { rows } = await afterCopyOf(
    `CREATE TABLE t (a int, b int) WITH (autovacuum_enabled = off);
     INSERT INTO t SELECT i % 10, i % 10 FROM generate_series(1, 1000) AS i;
     CREATE STATISTICS together (dependencies) ON a, b FROM t; ANALYZE t`,
    'SELECT dependencies::text FROM pg_stats_ext',
  );
  expect(rows).toEqual([{ dependencies: '{"1 => 2": 1.000000, "2 => 1": 1.000000}' }]);
});

it('the statistics of a partitioned table as a whole are there after a copy', async () => {
  const source = await createDatabase(
    servers.source,
    `CREATE TABLE parent (id int, kind int) PARTITION BY LIST (kind);
     CREATE TABLE one PARTITION OF parent FOR VALUES IN (1); CREATE TABLE two PARTITION OF parent FOR VALUES IN (2);
     INSERT INTO parent SELECT i, 1 + i % 2 FROM generate_series(1, 1000) AS i`,
  );
  const target = unusedDatabaseUrl(servers.target);
  expect((await run({ source, target })).failure).toBeNull();
  expect(
    await runSql(target, `SELECT inherited FROM pg_stats WHERE tablename = 'parent' AND attname = 'kind'`),
  ).toEqual([{ inherited: true }]);
});

it('statistics that cannot be gathered are told of, and the copy is complete', async () => {
  const source = await createDatabase(
    servers.source,
    `CREATE FUNCTION picky(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
       'BEGIN IF $1 > 1 THEN RAISE ''not this one''; END IF; RETURN $1; END';
     CREATE TABLE odd (id int) WITH (autovacuum_enabled = off); CREATE STATISTICS of_odd ON picky(id) FROM odd;
     INSERT INTO odd VALUES (1), (2);
     CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
     CREATE TABLE events (id int) PARTITION BY LIST (id);
     CREATE TABLE events_near PARTITION OF events FOR VALUES IN (1);
     CREATE FOREIGN TABLE events_far PARTITION OF events FOR VALUES IN (2) SERVER far`,
  );
  const target = unusedDatabaseUrl(servers.target);
  const { result, failure } = await run({ source, target });
  expect(failure).toBeNull();
  expect((result as InitResult).skipped.sort((a, b) => a.object.localeCompare(b.object))).toEqual([
    {
      object: 'statistics of public.events with its partitions and children',
      reason: expect.stringContaining('run ANALYZE "public"."events"'),
    },
    { object: 'statistics of public.odd', reason: 'not this one' },
  ]);
  expect(
    await runSql(target, `SELECT relname::text FROM pg_class WHERE reltuples >= 0 AND relname ~ '^events'`),
  ).toEqual([{ relname: 'events_near' }]);
});

it('security labels whose provider the target has not loaded are told of', async () => {
  // Providers are modules of servers' operators: a label of one is written where it would have put it.
  const source = await createDatabase(
    servers.source,
    `CREATE TABLE t (id int); INSERT INTO pg_seclabel VALUES ('t'::regclass, 'pg_class'::regclass, 0, 'guard', 'secret')`,
  );
  const { result, failure } = await run({ source, target: unusedDatabaseUrl(servers.target) });
  expect(failure).toBeNull();
  expect((result as InitResult).skipped).toEqual([
    { object: 'security label on table public.t', reason: 'security label provider "guard" is not loaded' },
  ]);
});

it('a materialised view that cannot be refreshed is told of, and the rest is copied', async () => {
  const source = await createDatabase(
    servers.source,
    `CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2);
     CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql SET search_path = public AS 'BEGIN RETURN (SELECT sum(id) FROM t); END';
     CREATE MATERIALIZED VIEW summed AS SELECT total() AS total; CREATE MATERIALIZED VIEW on_it AS SELECT * FROM summed;
     CREATE MATERIALIZED VIEW fine AS SELECT count(*) FROM t;
     ALTER FUNCTION total() RESET search_path`,
  );
  const target = unusedDatabaseUrl(servers.target);
  const { result, failure } = await run({ source, target });
  expect((result as InitResult).skipped).toEqual([
    {
      object: 'contents of materialized view public.summed',
      reason: expect.stringMatching(/relation "t" does not exist; .* ALTER FUNCTION … SET search_path/),
    },
    {
      object: 'contents of materialized view public.on_it',
      reason: expect.stringContaining('"summed" has not been populated'),
    },
  ]);
  expect(failure).toMatchObject({
    code: 'contents_differ',
    message: expect.stringContaining('filled on the source, not on the target'),
  });
  expect(await runSql(target, 'SELECT count::int FROM fine')).toEqual([{ count: 2 }]);
  await runSql(
    target,
    'ALTER FUNCTION total() SET search_path = public; REFRESH MATERIALIZED VIEW summed; REFRESH MATERIALIZED VIEW on_it',
  );
});

it('an extension lies in the schema that it was put into', async () => {
  const { rows } = await afterCopyOf(
    `CREATE SCHEMA "Tools"; CREATE EXTENSION hstore SCHEMA "Tools"; CREATE TABLE t (v "Tools".hstore);
     INSERT INTO t VALUES ('a=>1, b=>NULL')`,
    `SELECT extname::text AS name, extnamespace::regnamespace::text AS schema, (SELECT v::text FROM t) AS value
     FROM pg_extension WHERE extname <> 'plpgsql'`,
  );
  expect(rows).toEqual([{ name: 'hstore', schema: '"Tools"', value: '"a"=>"1", "b"=>NULL' }]);
});

describe('names', () => {
  it('of 63 bytes arrive whole, also where they only differ in the last', async () => {
    const stem = 'ü'.repeat(31);
    const { rows } = await afterCopyOf(
      `CREATE TABLE "${stem}1" ("${stem}2" int PRIMARY KEY, "${stem}3" serial); CREATE TABLE "${stem}4" ();
       CREATE INDEX "${stem}5" ON "${stem}1" ("${stem}3"); INSERT INTO "${stem}1" VALUES (1)`,
      `SELECT relname::text AS name, octet_length(relname::text) AS bytes FROM pg_class
       WHERE relname ~ '^ü' AND relkind IN ('r', 'i') ORDER BY relname`,
    );
    expect(rows).toHaveLength(4);
    expect(rows).toContainEqual({ name: `${stem}5`, bytes: 63 });
  });

  it('of schemas may look like those of PostgreSQL and of this program', async () => {
    const { rows } = await afterCopyOf(
      `CREATE SCHEMA pgtemp_1; CREATE SCHEMA "PG_temp_1"; CREATE SCHEMA seren_replicator; CREATE SCHEMA "pg catalog";
       CREATE TABLE pgtemp_1.t (i int); CREATE TABLE "PG_temp_1".pg_class (i int); CREATE TABLE seren_replicator.part (i int);
       CREATE TABLE "pg catalog".pg_type (i int); CREATE TABLE public.pg_class (i int); CREATE TABLE public.pg_namespace (i int);
       INSERT INTO pgtemp_1.t VALUES (1); INSERT INTO "PG_temp_1".pg_class VALUES (2);
       INSERT INTO seren_replicator.part VALUES (3); INSERT INTO "pg catalog".pg_type VALUES (4);
       INSERT INTO public.pg_class VALUES (5)`,
      `SELECT i FROM pgtemp_1.t UNION ALL SELECT i FROM "PG_temp_1".pg_class UNION ALL SELECT i FROM seren_replicator.part
       UNION ALL SELECT i FROM "pg catalog".pg_type UNION ALL SELECT i FROM public.pg_class`,
    );
    expect(rows.map(({ i }) => i)).toEqual([1, 2, 3, 4, 5]);
  });

  it('that shadow those of PostgreSQL mislead nobody, though the role puts its own schema first', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE FUNCTION public.count(int) RETURNS int LANGUAGE sql AS 'SELECT 0'; CREATE TABLE t (i int); INSERT INTO t VALUES (1);
       CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''called''; END'`,
    );
    const name = new URL(source).pathname.slice(1);
    await runSql(servers.source.url(), `ALTER DATABASE ${name} SET search_path = public, pg_catalog`);
    const target = unusedDatabaseUrl(servers.target);
    const { failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect(await runSql(target, 'SELECT * FROM t')).toEqual([{ i: 1 }]);
  });
});
