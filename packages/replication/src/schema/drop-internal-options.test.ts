import { describe, expect, test } from '@jest/globals';
import { dropInternalOptions } from './drop-internal-options.ts';

const table = `CREATE TABLE "we;ird"."ALTER TABLE ONLY a.b ALTER COLUMN c SET (pg_attver=1);" (
    a integer,
    "b;'""x" text DEFAULT 'ALTER TABLE ONLY a.b ALTER COLUMN c SET (pg_attver=1);'::text
);
`;

describe('internal column options', () => {
  test('are left out, statement and all', () => {
    const definition = `${table}ALTER TABLE ONLY "we;ird"."ta\nble" ALTER COLUMN "b;'""x" SET (pg_attver=26489168);\n`;
    expect(dropInternalOptions(definition).trimEnd()).toBe(table.trimEnd());
  });

  test('are left out of the options that users set', () => {
    const setBoth = `ALTER TABLE ONLY app.t ALTER COLUMN b SET (pg_attver=1, n_distinct=-0.5, n_distinct_inherited=7);`;
    expect(dropInternalOptions(setBoth)).toBe(
      'ALTER TABLE ONLY app.t ALTER COLUMN b SET (n_distinct=-0.5, n_distinct_inherited=7);',
    );
  });

  test('are left out of foreign tables', () => {
    expect(dropInternalOptions('ALTER FOREIGN TABLE ONLY "a"."b" ALTER COLUMN "c" SET (pg_attver=1);')).toBe(
      '',
    );
  });

  test.each([
    ['text that only looks like it', table],
    ['options that users set', 'ALTER TABLE ONLY pg_a.b ALTER COLUMN pg_c SET (n_distinct=5);\n'],
    ['other statements', 'ALTER TABLE ONLY pg_a.b ALTER COLUMN pg_c SET STATISTICS 500;\n'],
    ['options of the table', 'ALTER TABLE ONLY pg_a.b SET (pg_attver=1);\n'],
  ])('leave %s as it is', (_what, definition) => {
    expect(dropInternalOptions(definition)).toBe(definition);
  });
});
