import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { VerifyResult } from '@seren-replicator/job-models';
import type { CommandOutcome } from '../src/engine.ts';
import { run, runSql, startServerPair, type ServerPair } from './database-pair.ts';
import { EXTENSIONS, ROLES, SCHEMA } from './planted-database.ts';

const row = (change: string): string => `UPDATE data SET ${change} WHERE id = 7`;

const contents: [what: string, change: string, table?: string][] = [
  ['a changed byte', row(String.raw`bytes = '\x0001fe'`)],
  ['an empty string in place of a byte string', row(`bytes = ''`)],
  ['an empty string in place of NULL', `UPDATE data SET short = '' WHERE id = 8`],
  ['NULL in place of an empty string', `UPDATE data SET short = NULL WHERE id = 9`],
  ['NULL in place of an empty string of a composite', `UPDATE data SET part.b = NULL WHERE id = 7`],
  ['NULL in place of an array', row(`list = NULL`)],
  ['a missing row', 'DELETE FROM data WHERE id = 7'],
  ['a row too many', 'INSERT INTO data (id) VALUES (21)'],
  ['a duplicated row', `INSERT INTO loose VALUES (7, 'row 7')`, 'loose'],
  [
    'a row twice in place of another',
    `UPDATE loose SET (a, b) = (SELECT a, b FROM loose WHERE a = 8) WHERE a = 7`,
    'loose',
  ],
  ['a missing row without columns', 'TRUNCATE no_columns', 'no_columns'],
  ['values swapped between columns', row('words = short, short = words')],
  ['values swapped between rows', `UPDATE data SET words = 'words ' || (15 - id) WHERE id IN (7, 8)`],
  ["a double's last bit", `UPDATE data SET wide = 5e-324 WHERE id = 7`],
  ["a real's last bit", row(`narrow = 1.5000001`)],
  ['minus zero', row(`wide = '-0'`)],
  ['NaN in place of a number', row(`amount = 'NaN'`)],
  ['another scale of the same number', row('amount = 1.0')],
  ['a microsecond', row(`at = at + interval '1 microsecond'`)],
  ['infinity in place of a date', row(`day = 'infinity'`)],
  ['another order of JSON keys', row(`raw = '{"b": 2, "a": 1}'`)],
  ['another blank in JSON', row(`raw = '{"a":1, "b": 2}'`)],
  ['a JSON key twice', row(`raw = '{"a": 1, "b": 2, "b": 2}'`)],
  ['a value deep in jsonb', row(`doc = '{"a": 1, "b": [3]}'`)],
  ['null in place of nothing in jsonb', row(`doc = '{"a": 1, "b": [2], "c": null}'`)],
  ['a trailing blank in text', row(`words = words || ' '`)],
  ['a trailing blank in varchar', row(`short = 'short '`)],
  ['a trailing blank in an unlimited char', row(`padded = 'padded '`)],
  ['a trailing newline', row(`words = words || E'\\n'`)],
  ['another case in citext', row(`folded = 'folded'`)],
  ['a NULL element in an array', row(`list = '{a,b,NULL}'`)],
  ['the word NULL in an array', row(`list = '{a,"NULL"}'`)],
  ['another lower bound of an array', row(`list = '[0:1]={a,b}'`)],
  ['a composite of NULLs in place of NULL', row(`part = ROW(NULL, NULL)`)],
  ['NULL in place of a composite', row(`part = NULL`)],
  ['a lookalike of four bytes', row(`words = '𝐰ords 7'`)],
  ['an accent written apart', row(`words = U&'e\\0301'`)],
  ["a large value's last byte", row(`huge = left(huge, -1) || 'z'`)],
  ['another label of an enumeration', row(`feeling = 'glad'`)],
  ['thirty days in place of a month', row(`span = '30 days'`)],
  ['a cent', row(`price = '12.35'`)],
  ['another relation', row(`relation = 'people'`)],
  ['another position of a lexeme', row(`search = 'a:1 b:3'`)],
  ['a blank in XML', row(`markup = '<a>b</a> '`)],
  ['a bit more', row(`bits = B'1010'`)],
  ['an inclusive bound', row(`period = '[1,2]'`)],
  ['another netmask', row(`address = '10.0.0.1/25'`)],
  ['NULL in hstore', row(`tags = 'a=>NULL'`)],
  ['false in place of true', row(`flag = false`)],
  ['a sequence that is behind', `SELECT setval('counter', 6)`, 'counter'],
  ['a sequence that was not used', `SELECT setval('counter', 1, false)`, 'counter'],
  ['a sequence that was used', `SELECT nextval('fresh')`, 'fresh'],
];

const schema: [what: string, change: string, object: string][] = [
  ['a lost grant', 'REVOKE SELECT ON people FROM clerk', 'grants on table @.people'],
  ['a grant too many', 'GRANT DELETE ON people TO clerk', 'grants on table @.people'],
  [
    'a lost grant on a column',
    'REVOKE SELECT (email) ON people FROM auditor',
    'grants on column @.people.email',
  ],
  [
    'a lost grant on a function',
    'REVOKE EXECUTE ON FUNCTION secret() FROM clerk',
    'grants on function @.secret()',
  ],
  [
    'a lost default privilege',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA @ REVOKE SELECT ON TABLES FROM clerk',
    'default privileges for tables of postgres in @',
  ],
  ['a missing index', 'DROP INDEX people_age', 'index @.people_age'],
  ['an extra index', 'CREATE INDEX extra ON people (age)', 'index @.extra'],
  [
    'a changed index predicate',
    'DROP INDEX people_age; CREATE INDEX people_age ON people (age) WHERE age > 31',
    'index @.people_age',
  ],
  [
    'an invalid index',
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'people_age'::regclass`,
    'index @.people_age',
  ],
  ['a changed default', 'ALTER TABLE people ALTER age SET DEFAULT 19', 'table @.people'],
  ['a missing NOT NULL', 'ALTER TABLE people ALTER name DROP NOT NULL', 'table @.people'],
  [
    'a changed check',
    'ALTER TABLE people DROP CONSTRAINT grown, ADD CONSTRAINT grown CHECK (age >= 0)',
    'table @.people',
  ],
  [
    'a foreign key that is valid',
    'ALTER TABLE visits VALIDATE CONSTRAINT later',
    'foreign key @.visits later',
  ],
  [
    'a foreign key that is not valid',
    'ALTER TABLE visits DROP CONSTRAINT who, ADD CONSTRAINT who FOREIGN KEY (person) REFERENCES people NOT VALID',
    'foreign key @.visits who',
  ],
  ['a missing foreign key', 'ALTER TABLE visits DROP CONSTRAINT who', 'foreign key @.visits who'],
  [
    'another action of a foreign key',
    'ALTER TABLE visits DROP CONSTRAINT who, ADD CONSTRAINT who FOREIGN KEY (person) REFERENCES people ON DELETE CASCADE',
    'foreign key @.visits who',
  ],
  [
    'a missing unique constraint',
    'ALTER TABLE people DROP CONSTRAINT one_email',
    'constraint @.people one_email',
  ],
  ['a disabled trigger', 'ALTER TABLE visits DISABLE TRIGGER stamping', 'trigger @.visits stamping'],
  ['a missing trigger', 'DROP TRIGGER stamping ON visits', 'trigger @.visits stamping'],
  ['an enabled rule', 'ALTER TABLE loose ENABLE RULE silent', 'rule @.loose silent'],
  [
    'a changed function body',
    `CREATE OR REPLACE FUNCTION secret() RETURNS text LANGUAGE sql AS $$ SELECT 'key-4712' $$`,
    'function @.secret()',
  ],
  ['another volatility', 'ALTER FUNCTION secret() STABLE', 'function @.secret()'],
  [
    'a changed view',
    'CREATE OR REPLACE VIEW grown_ups AS SELECT id, name FROM people WHERE age >= 21',
    'view @.grown_ups',
  ],
  ['a lost comment', 'COMMENT ON TABLE people IS NULL', 'comment on table @.people'],
  ['a changed comment', `COMMENT ON COLUMN people.age IS 'in days'`, 'comment on column @.people.age'],
  ['a changed owner', 'ALTER TABLE loose OWNER TO clerk', 'table @.loose'],
  ['a changed owner of a function', 'ALTER FUNCTION stamp() OWNER TO clerk', 'function @.stamp()'],
  ['a changed column type', 'ALTER TABLE loose ALTER a TYPE bigint', 'table @.loose'],
  ['a longer varchar', 'ALTER TABLE data ALTER short TYPE varchar(21)', 'table @.data'],
  ['a changed collation', 'ALTER TABLE loose ALTER b TYPE text COLLATE plain', 'table @.loose'],
  ['a lost replica identity', 'ALTER TABLE visits REPLICA IDENTITY DEFAULT', 'index @.visits_id'],
  ['a full replica identity', 'ALTER TABLE loose REPLICA IDENTITY FULL', 'table @.loose'],
  ['a lost mark for clustering', 'ALTER TABLE people SET WITHOUT CLUSTER', 'index @.people_name'],
  ['a missing policy', 'DROP POLICY own ON visits', 'policy @.visits own'],
  ['another role of a policy', 'ALTER POLICY own ON visits TO auditor', 'policy @.visits own'],
  ['row security switched off', 'ALTER TABLE visits DISABLE ROW LEVEL SECURITY', 'row security @.visits'],
  ['a missing publication', 'DROP PUBLICATION @_news', 'publication @_news'],
  [
    'a table missing in a publication',
    'ALTER PUBLICATION @_news DROP TABLE people',
    'publication table @.@_news people',
  ],
  [
    'another order of an enumeration',
    `ALTER TYPE mood RENAME VALUE 'sad' TO 'x'; ALTER TYPE mood RENAME VALUE 'glad' TO 'sad'; ALTER TYPE mood RENAME VALUE 'x' TO 'glad'`,
    'type @.mood',
  ],
  ['a label too many', `ALTER TYPE mood ADD VALUE 'angry'`, 'type @.mood'],
  ['a changed domain', 'ALTER DOMAIN positive DROP CONSTRAINT positive_check', 'domain @.positive'],
  ['another storage', 'ALTER TABLE loose ALTER b SET STORAGE EXTERNAL', 'table @.loose'],
  ['another compression', 'ALTER TABLE loose ALTER b SET COMPRESSION pglz', 'table @.loose'],
  ['another statistics target', 'ALTER TABLE loose ALTER b SET STATISTICS 500', 'table @.loose'],
  ['another fill factor', 'ALTER TABLE loose SET (fillfactor = 50)', 'table @.loose'],
  ['an unlogged table', 'ALTER TABLE loose SET UNLOGGED', 'table @.loose'],
  ['an empty materialised view', 'REFRESH MATERIALIZED VIEW ages WITH NO DATA', 'materialized view @.ages'],
  ['a detached partition', 'ALTER TABLE measured DETACH PARTITION measured_2', 'partition @.measured_2'],
  [
    'other bounds of a partition',
    `ALTER TABLE measured DETACH PARTITION measured_2;
     ALTER TABLE measured ATTACH PARTITION measured_2 FOR VALUES FROM ('2025-01-01') TO ('2027-01-01')`,
    'partition @.measured_2',
  ],
  ['another step of a sequence', 'ALTER SEQUENCE counter INCREMENT 4', 'sequence @.counter'],
  ['an extra sequence', 'CREATE SEQUENCE extra', 'sequence @.extra'],
  ['missing statistics', 'DROP STATISTICS correlated', 'statistics @.correlated'],
  ['a missing collation', 'DROP COLLATION plain', 'collation @.plain'],
  ['an extra table', 'CREATE TABLE extra (id int PRIMARY KEY)', 'table @.extra'],
  [
    'an extra column default on an identity',
    'ALTER TABLE people ALTER id SET GENERATED ALWAYS',
    'sequence @.people_id_seq',
  ],
];

/** What shows in the contents and in the schema. */
const both: [what: string, change: string, table: string, objects: string[]][] = [
  ['a missing table', 'DROP TABLE loose', 'loose', ['table @.loose']],
  ['a missing partition', 'DROP TABLE measured_2', 'measured_2', ['table @.measured_2']],
  ['a missing column', 'ALTER TABLE loose DROP b', 'loose', ['table @.loose']],
  ['a column too many', 'ALTER TABLE loose ADD c int', 'loose', ['table @.loose']],
  ['a missing sequence', 'DROP SEQUENCE fresh', 'fresh', ['sequence @.fresh']],
  ['a renamed column', 'ALTER TABLE visits RENAME note TO notes', 'visits', ['table @.visits']],
];

/** Every change has a schema of its own, so that one comparison has to find them all, each in its place. */
const changes = [...contents, ...schema, ...both].map(([what, sql], index) => {
  const name = `planted_${String(index).padStart(3, '0')}`;
  return { what, name, sql: sql.replaceAll('@', name) };
});
const UNCHANGED = 'unchanged';

let servers: ServerPair;
let before: CommandOutcome;
let after: CommandOutcome;

beforeAll(async () => {
  servers = await startServerPair(17, 18);
  const urls = { source: servers.source.url('planted'), target: servers.target.url('planted') };
  const names = [...changes.map(({ name }) => name), UNCHANGED];
  await Promise.all(
    [servers.source, servers.target].map(async (server) => {
      await runSql(server.url(), ROLES);
      await runSql(server.url(), 'CREATE DATABASE planted');
      await runSql(server.url('planted'), EXTENSIONS);
      for (const name of names) await runSql(server.url('planted'), SCHEMA.replaceAll('@', name));
    }),
  );
  before = await run({ ...urls, command: 'verify' });
  for (const { name, sql } of changes) await runSql(urls.target, `SET search_path = ${name}, public; ${sql}`);
  after = await run({ ...urls, command: 'verify' });
});
afterAll(() => servers.stop());

/** What was found to differ, of tables and sequences, and of the schema. */
function found({ result }: CommandOutcome, name = ''): { contents: string[]; objects: string[] } {
  const { tables, sequences, schema: objects = [] } = (result as VerifyResult).verification;
  const differing = [...tables, ...sequences].filter(({ equal }) => !equal).map(({ table }) => table);
  const here = (label: string) => label.includes(name);
  return { contents: differing.filter(here), objects: objects.map(({ object }) => object).filter(here) };
}

/** The schema of a change, told by what it does. */
function nameOf(change: string): string {
  const [planted, ...others] = changes.filter(({ what }) => what === change);
  if (planted === undefined || others.length > 0) throw new Error(`not one change is called: ${change}`);
  return planted.name;
}

describe('verify', () => {
  it('finds nothing where nothing was changed', () => {
    expect(found(before)).toEqual({ contents: [], objects: [] });
    expect(before.failure).toBeNull();
    const { verification } = before.result as VerifyResult;
    expect(verification.tables).toHaveLength(7 * (changes.length + 1));
    expect(verification.read?.source.rows).toBe(41 * (changes.length + 1));
    expect(found(after, UNCHANGED)).toEqual({ contents: [], objects: [] });
  });

  it('finds nothing but what was changed', () => {
    const isPlanted = (label: string) => changes.some(({ name }) => label.includes(name));
    const { contents: tables, objects } = found(after);
    expect([...tables, ...objects].filter((label) => !isPlanted(label))).toEqual([]);
    expect(after.failure).toMatchObject({ code: 'contents_differ' });
  });

  it.each(contents)('finds %s', (what, _change, table = 'data') => {
    const name = nameOf(what);
    expect(found(after, name)).toEqual({ contents: [`${name}.${table}`], objects: [] });
  });

  it.each(schema)('finds %s', (what, _change, object) => {
    const name = nameOf(what);
    expect(found(after, name)).toEqual({ contents: [], objects: [object.replaceAll('@', name)] });
  });

  it.each(both)('finds %s', (what, _change, table, objects) => {
    const name = nameOf(what);
    expect(found(after, name)).toEqual({
      contents: [`${name}.${table}`],
      objects: objects.map((object) => object.replaceAll('@', name)),
    });
  });
});
