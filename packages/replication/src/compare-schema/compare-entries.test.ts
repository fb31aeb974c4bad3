import { describe, expect, it } from '@jest/globals';
import type { ArchiveEntry } from '../schema/archive.ts';
import { compareEntries, type SchemaSide } from './compare-entries.ts';

type EntryInput = Partial<ArchiveEntry> & Pick<ArchiveEntry, 'kind' | 'tag'>;

function entry(input: EntryInput): ArchiveEntry {
  return {
    dumpId: 1,
    catalogId: { tableoid: 0, oid: 0 },
    section: 'pre-data',
    definition: '',
    dropStatement: '',
    namespace: 'public',
    tablespace: null,
    tableAccessMethod: null,
    relkind: null,
    owner: 'postgres',
    dependencies: [],
    ...input,
  };
}

function compare(source: Partial<SchemaSide>, target: Partial<SchemaSide>, noOwner = false): string[] {
  const empty: SchemaSide = { major: 17, bootstrapSuperuser: 'postgres', entries: [], invalidIndexes: [] };
  return compareEntries({
    source: { ...empty, ...source },
    target: { ...empty, ...target },
    isCompared: () => true,
    noOwner,
  }).map(({ object, difference }) => `${object}: ${difference}`);
}

/** One entry with another definition on each side. */
function compareDefinitions(
  input: EntryInput,
  [sourceMajor, sourceDefinition]: [number, string],
  [targetMajor, targetDefinition]: [number, string],
): string[] {
  return compare(
    { major: sourceMajor, entries: [entry({ ...input, definition: sourceDefinition })] },
    { major: targetMajor, entries: [entry({ ...input, definition: targetDefinition })] },
  );
}

describe('what servers of different releases write differently', () => {
  const table = { kind: 'TABLE', tag: 't' };

  it('are names of NOT NULL that nobody chose', () => {
    const plain = 'CREATE TABLE "public"."t" (\n    "a" integer NOT NULL\n);\n';
    const named = 'CREATE TABLE "public"."t" (\n    "a" integer CONSTRAINT "t_a_not_null1" NOT NULL\n);\n';
    expect(compareDefinitions(table, [17, plain], [18, named])).toEqual([]);
    expect(compareDefinitions(table, [18, named], [18, plain])).toHaveLength(1);
    const without = 'CREATE TABLE "public"."t" (\n    "a" integer\n);\n';
    expect(compareDefinitions(table, [17, without], [18, named])).toEqual([
      'table public.t: column a: integer on the source, integer NOT NULL on the target',
    ]);
  });

  it('are names of multirange types', () => {
    const range = { kind: 'TYPE', tag: 'r' };
    const older = 'CREATE TYPE "public"."r" AS RANGE (\n    subtype = double precision\n);\n';
    const newer =
      'CREATE TYPE "public"."r" AS RANGE (\n    subtype = double precision,\n    multirange_type_name = "public"."m"\n);\n';
    expect(compareDefinitions(range, [13, older], [14, newer])).toEqual([]);
    expect(compareDefinitions(range, [14, older], [15, newer])).toHaveLength(1);
  });

  it('are quotes around the names of built-in types', () => {
    const column = (type: string) => `CREATE TABLE "public"."t" (\n    "a" ${type}\n);\n`;
    expect(compareDefinitions(table, [14, column('"json"')], [18, column('json')])).toEqual([]);
  });

  it('is that XML is written as text without indenting it', () => {
    const view = { kind: 'VIEW', tag: 'v' };
    const check = { kind: 'CHECK CONSTRAINT', tag: 't c' };
    const serialize = (how: string, more = '') =>
      `CREATE VIEW "public"."v" AS\n SELECT "t"."x",\n    XMLSERIALIZE(CONTENT "f"(("t"."x")) AS character(20)${how}) AS "y"${more}\n   FROM "public"."t";\n`;
    const short = (sql: string) => sql.replaceAll('"t".', '');
    expect(compareDefinitions(view, [15, serialize('')], [16, short(serialize(' NO INDENT'))])).toEqual([]);
    expect(compareDefinitions(view, [18, serialize(' NO INDENT')], [15, serialize('')])).toEqual([]);
    expect(compareDefinitions(view, [15, serialize('')], [16, short(serialize(' INDENT'))])).toHaveLength(1);
    expect(compareDefinitions(view, [16, serialize('')], [17, serialize(' NO INDENT')])).toHaveLength(1);
    expect(
      compareDefinitions(
        view,
        [15, serialize('', ', 1 AS "no", 2 AS "indent"')],
        [16, short(serialize(' NO INDENT'))],
      ),
    ).toHaveLength(1);
    const nested = (how: string) =>
      `ALTER TABLE "public"."t" ADD CONSTRAINT "c" CHECK ((XMLSERIALIZE(CONTENT XMLPARSE(DOCUMENT XMLSERIALIZE(CONTENT "x" AS "text"${how}) STRIP WHITESPACE) AS "text"${how}) <> ''::"text")) NO INHERIT;`;
    expect(compareDefinitions(check, [15, nested('')], [17, nested(' NO INDENT')])).toEqual([]);
  });

  it('are options of columns that are PostgreSQL’s own', () => {
    const plain = 'CREATE TABLE "public"."t" (\n    "a" integer\n);\n';
    const option = 'ALTER TABLE ONLY "public"."t" ALTER COLUMN "a" SET (pg_attver=3);\n';
    expect(compareDefinitions(table, [15, plain + option], [15, plain])).toEqual([]);
  });

  it('is what an old server says of the schema "public" that nobody changed', () => {
    const schema = entry({
      kind: 'SCHEMA',
      tag: 'public',
      namespace: null,
      definition: '-- there already\n',
    });
    const grants = entry({
      kind: 'ACL',
      tag: 'SCHEMA "public"',
      namespace: null,
      definition: 'REVOKE USAGE ON SCHEMA "public" FROM PUBLIC;\nGRANT ALL ON SCHEMA "public" TO PUBLIC;\n',
    });
    expect(compare({ major: 14, entries: [schema, grants] }, { major: 15 })).toEqual([]);
    expect(compare({ major: 14, entries: [{ ...schema, owner: 'app' }] }, { major: 15 })).toHaveLength(1);
    expect(
      compare(
        { major: 14, entries: [{ ...grants, definition: 'REVOKE USAGE ON SCHEMA "public" FROM PUBLIC;' }] },
        { major: 15 },
      ),
    ).toHaveLength(1);
    expect(compare({ major: 14, entries: [grants] }, { major: 14 })).toHaveLength(1);
  });

  describe('are grants', () => {
    const acl = { kind: 'ACL', tag: 'TABLE "t"' };
    const all = 'SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE';

    it('of the privilege that came with release 17, of the owner', () => {
      const older = `REVOKE ${all} ON TABLE "public"."t" FROM "postgres";\nGRANT SELECT ON TABLE "public"."t" TO "postgres";`;
      const newer =
        'REVOKE ALL ON TABLE "public"."t" FROM "postgres";\nGRANT SELECT,MAINTAIN ON TABLE "public"."t" TO "postgres";';
      expect(compareDefinitions(acl, [16, older], [17, newer])).toEqual([]);
      expect(compareDefinitions(acl, [17, older], [17, newer])).toHaveLength(1);
    });

    it('but not of anybody else', () => {
      const older = 'GRANT SELECT ON TABLE "public"."t" TO "clerk";';
      const newer = 'GRANT SELECT,MAINTAIN ON TABLE "public"."t" TO "clerk";';
      expect(compareDefinitions(acl, [16, older], [17, newer])).toHaveLength(1);
    });

    it('in another order, by whoever gave them', () => {
      const a = 'GRANT SELECT ON TABLE "public"."t" TO "a";\n';
      const b =
        'SET SESSION AUTHORIZATION "g";\nGRANT SELECT("x"),UPDATE("x","y") ON TABLE "public"."t" TO "b";\nRESET SESSION AUTHORIZATION;\n';
      expect(compareDefinitions(acl, [17, a + b], [17, b + a])).toEqual([]);
      expect(compareDefinitions(acl, [17, b], [17, b.replace('"g"', '"h"')])).toHaveLength(1);
    });

    it('of owners, where owners are not copied', () => {
      const ours = entry({ ...acl, definition: 'REVOKE INSERT ON TABLE "public"."t" FROM "postgres";' });
      const theirs = entry({ ...acl, definition: '', owner: 'somebody' });
      expect(compare({ entries: [ours] }, { entries: [theirs] }, true)).toEqual([]);
      expect(compare({ entries: [ours] }, { entries: [theirs] })).toHaveLength(1);
    });
  });
});

describe('an object', () => {
  it('that is missing stands for all that stands on it', () => {
    const table = entry({ kind: 'TABLE', tag: 't', dumpId: 5 });
    const view = entry({ kind: 'VIEW', tag: 'v', dumpId: 6, dependencies: [5] });
    const grants = entry({ kind: 'ACL', tag: 'TABLE "v"', dumpId: 7, dependencies: [6] });
    expect(compare({ entries: [table, view, grants] }, {})).toEqual([
      'table public.t: missing on the target',
    ]);
    expect(compare({}, { entries: [table, view, grants] })).toEqual(['table public.t: only on the target']);
  });

  it('is told apart from others of its name by its arguments', () => {
    const operator = (type: string): ArchiveEntry =>
      entry({ kind: 'OPERATOR', tag: '@@', dropStatement: `DROP OPERATOR "public".@@ (${type}, ${type});` });
    expect(
      compare({ entries: [operator('int'), operator('text')] }, { entries: [operator('text')] }),
    ).toEqual(['operator public.@@: missing on the target']);
  });

  it('has an owner, a tablespace and an access method', () => {
    const table = { kind: 'TABLE', tag: 't', dropStatement: 'DROP TABLE "public"."t";' };
    expect(
      compare(
        { entries: [entry({ ...table, tablespace: 'fast', tableAccessMethod: 'heap' })] },
        { entries: [entry({ ...table, owner: 'clerk', tablespace: '', tableAccessMethod: 'other' })] },
      ),
    ).toEqual([
      'table public.t: owner: postgres on the source, clerk on the target; tablespace: missing on the target; ' +
        'access method: heap on the source, other on the target',
    ]);
  });

  it('that is a partition takes its indexes with it when it is detached', () => {
    const entries = [
      entry({ kind: 'TABLE', tag: 'root', dumpId: 1 }),
      entry({ kind: 'TABLE', tag: 'part', dumpId: 2 }),
      entry({ kind: 'INDEX', tag: 'root_i', dumpId: 3, dependencies: [1] }),
      entry({ kind: 'INDEX', tag: 'part_i', dumpId: 4, dependencies: [2] }),
    ];
    const attached = [
      entry({ kind: 'TABLE ATTACH', tag: 'part', dumpId: 5, dependencies: [2, 1] }),
      entry({ kind: 'INDEX ATTACH', tag: 'part_i', dumpId: 6, dependencies: [4, 3] }),
    ];
    expect(compare({ entries: [...entries, ...attached] }, { entries })).toEqual([
      'partition public.part: attached on the source, not on the target',
    ]);
    expect(
      compare({ entries: [...entries, ...attached] }, { entries: [...entries, ...attached.slice(0, 1)] }),
    ).toEqual(['index of partition public.part_i: attached on the source, not on the target']);
  });

  it('that is an index may be there without being of use', () => {
    const index = entry({ kind: 'INDEX', tag: 'i' });
    const constraint = entry({ kind: 'CONSTRAINT', tag: 't c' });
    const invalidIndexes = [
      { schema: 'public', table: 't', name: 'i' },
      { schema: 'public', table: 't', name: 'c' },
    ];
    expect(compare({ entries: [index, constraint] }, { invalidIndexes })).toEqual([
      'index public.i: invalid on the target',
      'constraint public.t c: invalid on the target',
    ]);
    expect(compare({ invalidIndexes }, { entries: [index] })).toEqual([
      'index public.i: invalid on the source',
    ]);
  });
});
