/** Values of every kind of type, in rows and in what rows are found by. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { expectSame } from './expect-same.ts';
import { createStreamPair, dropSlots } from './stream-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 18);
afterEach(dropSlots);

describe('a stream of changes', () => {
  it('brings values of every kind of type through text', async () => {
    const pair = await createStreamPair(
      servers,
      `CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION IF NOT EXISTS hstore;
       CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"'); CREATE TYPE comp AS (a int, b text[]); CREATE DOMAIN pos AS int CHECK (VALUE > 0);
       CREATE TABLE t (id citext PRIMARY KEY, c1 int8, c2 numeric(20,5), c3 float4, c4 float8, c5 bool, c6 char(7), c7 varchar(9), c8 bytea,
         c9 date, c10 timestamptz, c11 interval, c12 uuid, c13 jsonb, c14 inet, c15 mood, c16 comp, c17 pos, c18 int[], c19 text[][],
         c20 int4range, c21 tsvector, c22 money, c23 bit varying(9), c24 hstore, c25 "char", c26 regclass, c27 timetz, c28 numrange[], c29 pg_lsn);
       CREATE TABLE e (id mood PRIMARY KEY, v int); CREATE TABLE dom (id pos, day date, amount numeric(6,2), PRIMARY KEY (id, day, amount))`,
    );
    const row = (
      id: string,
    ) => `INSERT INTO t VALUES ('${id}', -9223372036854775808, 12345.67891, 0.1, 1e-300, false, 'ab', E'\\t\\\\x', '\\x00ff5c',
         '0044-03-15 BC', '2024-02-29 12:00:00.123456+05', '-1 mon 3 days 04:05:06.7', '00000000-0000-0000-0000-000000000001', '{"a": [1.00, "ü\\"💥"]}',
         '10.0.0.1/8', 'it''s "ok"', '(1,"{x,NULL,\\"a b\\"}")', 7, '{1,NULL,3}', '{{a,b},{"",NULL}}', '[1,5)', 'a:1 b:2A', 12.34, B'1011', 'k=>v', 'z', 'pg_catalog.pg_class', '12:00+02', '{"[1.0,2)"}', '16/B374D848');`;
    await expectSame(
      pair,
      `${Array.from({ length: 40 }, (_, i) => row(`Row${i}`)).join('')}
       INSERT INTO t (id) VALUES ('all null'); UPDATE t SET c1 = 5; UPDATE t SET c16 = NULL, c2 = NULL WHERE id = 'row3'; DELETE FROM t WHERE id = 'ROW4'; UPDATE t SET id = 'ROW5' WHERE id = 'row5';
       INSERT INTO e VALUES ('sad', 1), ('it''s "ok"', 2); UPDATE e SET v = v + 1; DELETE FROM e WHERE id = 'sad';
       INSERT INTO dom VALUES (1, '2024-01-01', 1.5), (2, 'infinity', 2), (3, '2024-01-01', 0); UPDATE dom SET amount = amount + 1; DELETE FROM dom WHERE id > 1`,
    );
    await expectSame(
      pair,
      'SELECT',
      'SELECT id::text, v::text FROM e UNION ALL SELECT id::text, amount::text FROM dom',
    );
  });

  it.each([
    ['a reference to the catalogue', 'regclass', "'pg_class'", "'pg_type'"],
    ['a row', 'pair', "'(1,a)'", "'(2,)'"],
    ['rows', 'pair[]', `'{"(1,a)"}'`, `'{"(2,)"}'`],
    ['text of any length', 'varchar', "'a'", "'b'"],
    ['a network', 'cidr', "'10.0.0.0/8'", "'10.1.0.0/16'"],
    ['a domain', 'code', "'a'", "'b'"],
  ])('finds rows by a key that is %s', async (_, type, one, two) => {
    const pair = await createStreamPair(
      servers,
      `CREATE TYPE pair AS (a int, b text); CREATE DOMAIN code AS varchar(5) CHECK (VALUE <> '');
       CREATE TABLE t (id ${type} PRIMARY KEY, v int); INSERT INTO t VALUES (${one}, 1), (${two}, 2)`,
    );
    await expectSame(pair, 'UPDATE t SET v = 3 WHERE v = 1; UPDATE t SET v = v + 5');
    await expectSame(pair, 'DELETE FROM t WHERE v = 8');
  });

  it('finds rows that are their own identity, with values that know no equality', async () => {
    const values = {
      jsonpath: '$.a',
      'box[]': '{(1,1),(0,0)}',
      'polygon[]': '{"((0,0),(1,1))"}',
      holder: '(1,{})',
      'holder[]': '{"(1,[])"}',
      boxes: '{(1,1),(0,0)}',
      nested: '("{""(1,[])""}")',
      'json[]': '{"[1, 2]"}',
      circle: '<(0,0),1>',
      xml: '<a/>',
      txid_snapshot: '1:5:',
      int4multirange: '{[1,3)}',
      oidvector: '1 2',
      'varchar[]': '{a,b}',
      cidr: '10.0.0.0/8',
      xid: '7',
      'money[]': '{1.5}',
      point: '(1,2)',
    };
    const columns = Object.keys(values).map((type, index) => `c${index} ${type}`);
    const literals = Object.values(values).map((value) => `'${value}'`);
    const pair = await createStreamPair(
      servers,
      `CREATE TYPE holder AS (a int, b json); CREATE DOMAIN boxes AS box[]; CREATE TYPE nested AS (h holder[]);
       CREATE TABLE t (v int, ${columns.join(', ')}); ALTER TABLE t REPLICA IDENTITY FULL;
       INSERT INTO t SELECT i, ${literals.join(', ')} FROM generate_series(1, 3) AS i`,
    );
    const rows = await expectSame(pair, 'UPDATE t SET v = 10 WHERE v = 2; DELETE FROM t WHERE v = 3');
    expect(rows).toHaveLength(2);
  });
});
