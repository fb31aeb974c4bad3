/** What arrives at the target is what the source has, whatever was done there: on servers of two versions. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { IS_SOAK } from './copied-again.ts';
import { expectSame } from './expect-same.ts';
import { runSql } from './database-pair.ts';
import { catchUp, createStreamPair, dropSlots } from './stream-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 18);
afterEach(dropSlots);

describe('a stream of changes', () => {
  it('brings rows that are inserted, updated and deleted, many at once', async () => {
    const pair = await createStreamPair(servers, 'CREATE TABLE t (id int PRIMARY KEY, v text)');
    await runSql(
      pair.source,
      `INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 1000) AS i;
       UPDATE t SET v = v || '!' WHERE id % 3 = 0;
       DELETE FROM t WHERE id % 5 = 0;`,
    );
    const { rows, transactions } = await catchUp(pair);
    expect({ rows, transactions }).toEqual({ rows: 1000 + 333 + 200, transactions: 1 });
    expect(await expectSame(pair, 'SELECT')).toHaveLength(800);
  });

  it('brings the last of several changes of a row, in one transaction and in several', async () => {
    const pair = await createStreamPair(servers, 'CREATE TABLE t (id int PRIMARY KEY, v int, w text)');
    const rows = await expectSame(
      pair,
      `BEGIN; INSERT INTO t VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c');
       UPDATE t SET v = 2 WHERE id = 1; UPDATE t SET v = 3, w = NULL WHERE id = 1; DELETE FROM t WHERE id = 2;
       INSERT INTO t VALUES (2, 9, 'again'); UPDATE t SET v = v + 1; COMMIT;
       UPDATE t SET v = v * 2 WHERE id < 3; UPDATE t SET v = v * 2;
       BEGIN; DELETE FROM t WHERE id = 3; COMMIT;`,
    );
    expect(rows).toEqual(['(1,16,)', '(2,40,again)']);
  });

  it('leaves out what was rolled back, by savepoint too', async () => {
    const pair = await createStreamPair(servers, 'CREATE TABLE t (id int PRIMARY KEY)');
    const rows = await expectSame(
      pair,
      `BEGIN; INSERT INTO t VALUES (1); SAVEPOINT a; INSERT INTO t VALUES (2); ROLLBACK TO a;
       SAVEPOINT b; INSERT INTO t SELECT i FROM generate_series(10, 5000) AS i; RELEASE b;
       SAVEPOINT c; DELETE FROM t WHERE id > 11; ROLLBACK TO c; DELETE FROM t WHERE id > 12; COMMIT;
       BEGIN; INSERT INTO t VALUES (3); ROLLBACK;`,
    );
    expect(rows).toEqual(['(1)', '(10)', '(11)', '(12)']);
  });

  it('moves keys', async () => {
    const pair = await createStreamPair(
      servers,
      `CREATE TABLE t (a int, b text, v text, PRIMARY KEY (b, a)); INSERT INTO t VALUES (1, 'x', 'one'), (2, 'y', 'two'), (3, 'z', 'three')`,
    );
    await expectSame(
      pair,
      `UPDATE t SET a = a + 100; UPDATE t SET b = b || ' moved', v = 'new' WHERE a = 101; UPDATE t SET a = 7 WHERE a = 103;`,
    );
    await expectSame(pair, 'UPDATE t SET a = 3 WHERE a = 7; DELETE FROM t WHERE a = 102');
  });

  it('finds rows by another index than the primary key', async () => {
    const pair = await createStreamPair(
      servers,
      `CREATE TABLE t (id int PRIMARY KEY, code text NOT NULL, v text);
       CREATE UNIQUE INDEX t_code ON t (code); ALTER TABLE t REPLICA IDENTITY USING INDEX t_code;
       INSERT INTO t SELECT i, 'c' || i, 'v' FROM generate_series(1, 20) AS i`,
    );
    await expectSame(
      pair,
      `UPDATE t SET v = 'w' WHERE id < 10; UPDATE t SET code = 'moved' WHERE id = 3; UPDATE t SET id = 300 WHERE id = 4;
       UPDATE t SET id = id + 1000, code = code || '+'; DELETE FROM t WHERE code = 'c9+'`,
    );
  });

  it('changes exactly one of several rows that are alike', async () => {
    const pair = await createStreamPair(
      servers,
      `CREATE TABLE t (a int, b text, n numeric); ALTER TABLE t REPLICA IDENTITY FULL;
       INSERT INTO t SELECT 1, 'same', 1.0 FROM generate_series(1, 5);
       INSERT INTO t SELECT 1, NULL, 1.0 FROM generate_series(1, 3);
       INSERT INTO t VALUES (1, 'same', 1.00), (1, 'same', 1.000), (NULL, NULL, NULL), (NULL, NULL, NULL)`,
    );
    const query = 'SELECT a, b, n, count(*) FROM t GROUP BY a, b, n, n::text';
    await expectSame(
      pair,
      `DELETE FROM t WHERE ctid = (SELECT ctid FROM t WHERE b = 'same' AND n::text = '1.00');
       UPDATE t SET b = 'other' WHERE ctid = (SELECT min(ctid) FROM t WHERE b = 'same');
       UPDATE t SET n = 2 WHERE ctid = (SELECT min(ctid) FROM t WHERE b IS NULL);
       DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t WHERE a IS NULL)`,
      query,
    );
    await expectSame(pair, 'UPDATE t SET a = a + 1; DELETE FROM t WHERE n = 2', query);
  });

  it('compares the whole row where a type knows no equality', async () => {
    const pair = await createStreamPair(
      servers,
      `CREATE TYPE pair AS (x int, y text); CREATE DOMAIN d AS json;
       CREATE TABLE t (j json, x xml, p point, b box, f float8, c char(5), i inet, ba bit(3), r pair, arr json[], dj d, o bool);
       ALTER TABLE t REPLICA IDENTITY FULL;
       INSERT INTO t SELECT '{"a" : 1}', '<a>1</a>', '(1,2)', '((1,1),(0,0))', f, 'ab', '10.0.0.1', B'101', (1, 'y')::pair,
              ARRAY['1'::json, ' 2'], '[1]', true FROM unnest('{0.1,-0,0,NaN,1e300}'::float8[]) AS f`,
    );
    await expectSame(pair, `UPDATE t SET o = false WHERE f = 0; UPDATE t SET j = '{"a":1}' WHERE f = 0.1`);
    await expectSame(
      pair,
      `DELETE FROM t WHERE f::text = '-0'; UPDATE t SET x = '<b/>', p = '(3,4)', c = 'b ' WHERE f = 'NaN'`,
    );
    expect(await expectSame(pair, 'DELETE FROM t')).toEqual([]);
  });

  it('leaves values alone that are stored apart and did not change', async () => {
    const big = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 40000) AS i)";
    const pair = await createStreamPair(
      servers,
      `CREATE TABLE t (id int PRIMARY KEY, n int, big text, other bytea);
       ALTER TABLE t ALTER COLUMN big SET STORAGE EXTERNAL;
       CREATE TABLE f (id int, n int, big text); ALTER TABLE f REPLICA IDENTITY FULL; ALTER TABLE f ALTER COLUMN big SET STORAGE EXTERNAL`,
    );
    await expectSame(
      pair,
      `INSERT INTO t SELECT i, i, ${big} || i, convert_to(${big}, 'UTF8') FROM generate_series(1, 3) AS i;
       INSERT INTO f SELECT i % 2, i, ${big} || i FROM generate_series(1, 3) AS i`,
    );
    const query = `SELECT id, n, length(big), md5(big), md5(other) FROM t UNION ALL SELECT id, n, length(big), md5(big), '' FROM f`;
    const rows = await expectSame(
      pair,
      `UPDATE t SET n = n + 1; UPDATE t SET big = 'short' WHERE id = 2; UPDATE t SET id = 30 WHERE id = 3;
       UPDATE f SET n = n + 1; UPDATE f SET big = big || '!' WHERE n = 2; DELETE FROM f WHERE n = 4`,
      query,
    );
    expect(rows).toHaveLength(5);
    expect(rows[0]).toMatch(/1280001/);
  });

  it('gives identity columns the values that the source has', async () => {
    const pair = await createStreamPair(
      servers,
      `CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text, twice int GENERATED ALWAYS AS (length(v) * 2) STORED);
       CREATE TABLE u (k int PRIMARY KEY, id int GENERATED ALWAYS AS IDENTITY, v text);
       CREATE TABLE f (id int GENERATED ALWAYS AS IDENTITY, v text); ALTER TABLE f REPLICA IDENTITY FULL`,
    );
    await expectSame(
      pair,
      `INSERT INTO t (v) VALUES ('a'), ('bb'), ('ccc'); UPDATE t SET v = v || '!'; UPDATE t SET id = DEFAULT WHERE id = 2;
       INSERT INTO u (k, v) VALUES (1, 'a'), (2, 'b'); UPDATE u SET v = 'c'; UPDATE u SET id = DEFAULT WHERE k = 1; UPDATE u SET k = 5 WHERE k = 2;
       INSERT INTO f (v) VALUES ('a'), ('b'); UPDATE f SET v = 'c' WHERE id = 1; UPDATE f SET id = DEFAULT WHERE id = 2; DELETE FROM f WHERE id = 1`,
      `SELECT 't', id, v, twice FROM t UNION ALL SELECT 'u', id, v, k FROM u UNION ALL SELECT 'f', id, v, 0 FROM f`,
    );
  });

  it('meets columns by their names', async () => {
    const pair = await createStreamPair(
      servers,
      'CREATE TABLE t (gone int, id int PRIMARY KEY, "Ünï ""q""" text, v char(4)); ALTER TABLE t DROP gone',
      `DROP TABLE t; CREATE TABLE t (v char(4), extra text DEFAULT 'own', "Ünï ""q""" text, gone int, id int PRIMARY KEY); ALTER TABLE t DROP gone`,
    );
    await expectSame(
      pair,
      `INSERT INTO t VALUES (1, 'a', 'b'), (2, NULL, 'bc'); UPDATE t SET v = 'x' WHERE id = 2; UPDATE t SET id = 3 WHERE id = 1`,
      'SELECT id, "Ünï ""q""", v FROM t',
    );
    expect(await runSql(pair.target, 'SELECT DISTINCT extra FROM t')).toEqual([{ extra: 'own' }]);
  });

  it('writes into partitions, children and tables without columns, under any name', async () => {
    const pair = await createStreamPair(
      servers,
      `CREATE SCHEMA "S.p ""x"; CREATE TABLE "S.p ""x"."T 1" (id int PRIMARY KEY);
       CREATE TABLE p (id int, d date, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
       CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
       CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
       CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent);
       CREATE TABLE nothing (); ALTER TABLE nothing REPLICA IDENTITY FULL`,
    );
    await expectSame(
      pair,
      `INSERT INTO "S.p ""x"."T 1" VALUES (1), (2); DELETE FROM "S.p ""x"."T 1" WHERE id = 1;
       INSERT INTO p VALUES (1, '2024-02-01'), (2, '2025-02-01'); UPDATE p SET d = '2025-03-01' WHERE id = 1; UPDATE p SET id = 20 WHERE id = 2;
       INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1), (2); DELETE FROM ONLY parent WHERE id = 1;
       INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
       DELETE FROM nothing WHERE ctid = (SELECT min(ctid) FROM nothing)`,
      `SELECT tableoid::regclass::text, id::text FROM p UNION ALL SELECT tableoid::regclass::text, id::text FROM parent
       UNION ALL SELECT 's', id::text FROM "S.p ""x"."T 1" UNION ALL SELECT 'nothing', count(*)::text FROM nothing`,
    );
  });

  it('empties the tables that the source emptied, and no others', async () => {
    const pair = await createStreamPair(
      servers,
      `CREATE TABLE a (id int PRIMARY KEY, s int GENERATED BY DEFAULT AS IDENTITY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
       CREATE TABLE c (id int PRIMARY KEY); CREATE TABLE d (id int PRIMARY KEY);
       INSERT INTO a SELECT i FROM generate_series(1, 5) AS i; INSERT INTO b SELECT id FROM a; INSERT INTO c SELECT id FROM a; INSERT INTO d SELECT id FROM a`,
      'CREATE TABLE own (id int REFERENCES c); INSERT INTO own VALUES (1)',
    );
    await expectSame(
      pair,
      `INSERT INTO a VALUES (6); TRUNCATE a, d RESTART IDENTITY CASCADE; INSERT INTO a VALUES (7); INSERT INTO b VALUES (7);
       TRUNCATE c; INSERT INTO c VALUES (8)`,
      `SELECT 'a', id, s FROM a UNION ALL SELECT 'b', id, 0 FROM b UNION ALL SELECT 'c', id, 0 FROM c UNION ALL SELECT 'd', id, 0 FROM d`,
    );
    expect(await runSql(pair.target, 'SELECT * FROM own')).toEqual([{ id: 1 }]);
    expect(await runSql(pair.target, 'SELECT last_value FROM a_s_seq')).toEqual([{ last_value: '1' }]);
  });

  it('swaps unique values that are checked at the end of a statement', async () => {
    const pair = await createStreamPair(
      servers,
      `CREATE TABLE t (id int PRIMARY KEY, pos int UNIQUE DEFERRABLE, v text);
       INSERT INTO t SELECT i, i FROM generate_series(1, 300) AS i`,
    );
    await expectSame(pair, 'UPDATE t SET pos = 301 - pos; UPDATE t SET pos = pos + 1');
  });

  it('leaves to the source what triggers, rules and foreign keys do', async () => {
    const pair = await createStreamPair(
      servers,
      `CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE log (id int PRIMARY KEY, what text);
       CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE ON UPDATE SET NULL);
       CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (NEW.id, TG_OP); NEW.v := NEW.v + 1; RETURN NEW; END';
       CREATE TRIGGER note BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note()`,
    );
    await expectSame(
      pair,
      `INSERT INTO t SELECT i, i FROM generate_series(1, 9) AS i; INSERT INTO child SELECT id, id FROM t; DELETE FROM t WHERE id = 3; UPDATE t SET id = 40 WHERE id = 4`,
      `SELECT 't', id, v::text FROM t UNION ALL SELECT 'log', id, what FROM log UNION ALL SELECT 'child', id, t::text FROM child`,
    );
  });

  it('fires triggers that are made for what is replicated, in the order of the source', async () => {
    const pair = await createStreamPair(
      servers,
      'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY)',
      `CREATE TABLE seen (n int GENERATED ALWAYS AS IDENTITY, what text);
       CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
         INSERT INTO public.seen (what) SELECT TG_TABLE_NAME || NEW.id || count(*) FROM public.c; RETURN NEW; END';
       CREATE TRIGGER note AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE a ENABLE ALWAYS TRIGGER note;
       CREATE TRIGGER note AFTER INSERT ON b FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE b ENABLE REPLICA TRIGGER note`,
    );
    await expectSame(
      pair,
      'INSERT INTO c VALUES (1); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); INSERT INTO c VALUES (2), (3); INSERT INTO a VALUES (2), (3); INSERT INTO b VALUES (2)',
      'SELECT * FROM a UNION ALL SELECT * FROM b',
    );
    expect(await runSql(pair.target, "SELECT string_agg(what, ' ' ORDER BY n) AS seen FROM seen")).toEqual([
      { seen: 'a11 b11 a23 a33 b23' },
    ]);
  });

  it('goes on when the same change is made to both schemas', async () => {
    const pair = await createStreamPair(servers, 'CREATE TABLE t (id int PRIMARY KEY, v text)');
    await expectSame(pair, "INSERT INTO t VALUES (1, 'a')");
    for (const url of [pair.target, pair.source]) {
      await runSql(
        url,
        'ALTER TABLE t ADD COLUMN w int DEFAULT 5; ALTER TABLE t RENAME v TO x; ALTER TABLE t ALTER id TYPE bigint',
      );
    }
    await expectSame(pair, "INSERT INTO t VALUES (10000000000, 'b', 6); UPDATE t SET w = w + 1, x = 'c'");
  });

  it('applies rows of many megabytes', async () => {
    const repeats = IS_SOAK ? 35_000_000 : 5_000_000;
    const pair = await createStreamPair(servers, 'CREATE TABLE t (id int PRIMARY KEY, v text)');
    await expectSame(
      pair,
      `INSERT INTO t SELECT i, repeat('x' || i || E'\\\\', ${repeats}) FROM generate_series(1, 2) AS i`,
      'SELECT id, length(v), md5(v) FROM t',
    );
  });
});
