import { describe, expect, test } from '@jest/globals';
import type { ArchiveEntry } from './archive.ts';
import { restoreStatements, type RestoreOptions } from './restore-statements.ts';

const everything: RestoreOptions = { noOwner: false, noAcl: false };

function makeEntry(fields: Partial<ArchiveEntry>): ArchiveEntry {
  return {
    dumpId: 1,
    catalogId: { tableoid: 0, oid: 0 },
    tag: 'thing',
    kind: 'TABLE',
    section: 'pre-data',
    definition: 'CREATE …;\n',
    dropStatement: 'DROP …;\n',
    namespace: 'app',
    tablespace: null,
    tableAccessMethod: null,
    relkind: null,
    owner: '',
    dependencies: [],
    ...fields,
  };
}

describe('the owner', () => {
  test.each([
    ['TABLE', {}, 'ALTER TABLE "app"."thing" OWNER TO "o""x";'],
    ['SCHEMA', { namespace: null }, 'ALTER SCHEMA "thing" OWNER TO "o""x";'],
    ['EVENT TRIGGER', { namespace: null }, 'ALTER EVENT TRIGGER "thing" OWNER TO "o""x";'],
    [
      'FUNCTION',
      { dropStatement: 'DROP FUNCTION "app"."f;"("x" integer);\n' },
      'ALTER FUNCTION "app"."f;"("x" integer) OWNER TO "o""x";',
    ],
    [
      'OPERATOR CLASS',
      { dropStatement: 'DROP OPERATOR CLASS app.c USING btree;\n' },
      'ALTER OPERATOR CLASS app.c USING btree OWNER TO "o""x";',
    ],
  ])('of a %s is set', (kind, fields, expected) => {
    const entry = makeEntry({ kind, owner: 'o"x', ...fields });
    expect(restoreStatements(entry, everything)).toEqual(['CREATE …;', expected]);
    expect(restoreStatements(entry, { ...everything, noOwner: true })).not.toContain(expected);
  });

  test.each(['INDEX', 'CONSTRAINT', 'TRIGGER', 'EXTENSION'])('of a %s is none of its own', (kind) => {
    expect(restoreStatements(makeEntry({ kind, owner: 'o' }), everything)).toEqual(['CREATE …;']);
  });

  test('is none where there is nothing to drop', () => {
    const entry = makeEntry({ kind: 'COMMENT', owner: 'o', dropStatement: '' });
    expect(restoreStatements(entry, everything)).toEqual(['CREATE …;']);
  });

  test('of an unknown kind is not passed over in silence', () => {
    expect(() => restoreStatements(makeEntry({ kind: 'GALAXY', owner: 'o' }), everything)).toThrow(
      expect.objectContaining({ code: 'schema_restore_failed' }),
    );
  });
});

describe('storage', () => {
  test('is set around the definition and taken back after it', () => {
    const entry = makeEntry({ tablespace: 'Fast "one"', tableAccessMethod: 'columnar' });
    expect(restoreStatements(entry, everything)).toEqual([
      [
        'SET default_tablespace = "Fast ""one""";',
        'SET default_table_access_method = "columnar";',
        'CREATE …;',
        `SET default_tablespace = '';`,
        'SET default_table_access_method = heap;',
      ].join('\n'),
    ]);
  });

  test('of the usual kind needs no setting', () => {
    const entry = makeEntry({ tablespace: '', tableAccessMethod: 'heap' });
    expect(restoreStatements(entry, everything)).toEqual(['CREATE …;']);
  });

  test('of a partitioned table is set when it exists', () => {
    const entry = makeEntry({ relkind: 'p', tableAccessMethod: 'columnar' });
    expect(restoreStatements(entry, everything)).toEqual([
      'CREATE …;',
      'ALTER TABLE "app"."thing" SET ACCESS METHOD "columnar";',
    ]);
  });
});

describe('nothing is done', () => {
  test.each(['ENCODING', 'STDSTRINGS', 'SEARCHPATH'])('for the setting %s', (kind) => {
    expect(restoreStatements(makeEntry({ kind }), everything)).toEqual([]);
  });

  test.each(['ACL', 'DEFAULT ACL'])('for %s, when grants are left out', (kind) => {
    const entry = makeEntry({ kind, dropStatement: '' });
    expect(restoreStatements(entry, everything)).toHaveLength(1);
    expect(restoreStatements(entry, { ...everything, noAcl: true })).toEqual([]);
  });

  test('for the schema that every database has, but for its owner', () => {
    const entry = makeEntry({
      kind: 'SCHEMA',
      tag: 'public',
      namespace: null,
      owner: 'o',
      definition: '-- *not* creating schema, since initdb creates it\n',
      dropStatement: '-- *not* dropping schema, since initdb creates it\n',
    });
    expect(restoreStatements(entry, everything)).toEqual(['ALTER SCHEMA "public" OWNER TO "o";']);
    expect(restoreStatements(entry, { ...everything, noOwner: true })).toEqual([]);
  });
});

describe('an older target', () => {
  const subscription = makeEntry({
    kind: 'SUBSCRIPTION',
    namespace: null,
    dropStatement: '',
    definition: `CREATE SUBSCRIPTION "s WITH (x" CONNECTION 'password=WITH (' PUBLICATION p WITH (connect = false, slot_name = 's', streaming = off, run_as_owner = true);\n`,
  });

  test('is spared the parameters that it does not know', () => {
    expect(restoreStatements(subscription, { ...everything, targetVersionNum: 150018 })).toEqual([
      subscription.definition.replace(', run_as_owner = true', '').trimEnd(),
    ]);
    expect(restoreStatements(subscription, { ...everything, targetVersionNum: 160000 })).toEqual([
      subscription.definition.trimEnd(),
    ]);
  });

  test('does not let everybody create objects in the schema "public" if the source does not', () => {
    const acl = makeEntry({ kind: 'ACL', tag: 'SCHEMA public', namespace: null, dropStatement: '' });
    expect(restoreStatements(acl, { ...everything, targetVersionNum: 140023 })).toEqual([
      'REVOKE CREATE ON SCHEMA public FROM PUBLIC;',
      'CREATE …;',
    ]);
    expect(restoreStatements(acl, { ...everything, targetVersionNum: 150000 })).toEqual(['CREATE …;']);
  });
});

describe('an extension', () => {
  const entry = makeEntry({
    kind: 'EXTENSION',
    tag: 'hstore',
    definition: 'CREATE EXTENSION IF NOT EXISTS "hstore" WITH SCHEMA "x;";\n',
  });

  test('is created in the version that is chosen for it', () => {
    const extensionVersions = new Map([['hstore', "1'4"]]);
    expect(restoreStatements(entry, { ...everything, extensionVersions })).toEqual([
      `CREATE EXTENSION IF NOT EXISTS "hstore" WITH SCHEMA "x;" VERSION '1''4';`,
    ]);
  });

  test("is created in the target's default version otherwise", () => {
    const extensionVersions = new Map([['other', '1']]);
    expect(restoreStatements(entry, { ...everything, extensionVersions })).toEqual([
      entry.definition.trimEnd(),
    ]);
  });
});
