import { expect, it } from '@jest/globals';
import { notNullAsStatements } from './not-null-as-statements.ts';

it('a NOT NULL on a column of the parent becomes a statement', () => {
  expect(
    notNullAsStatements(
      'CREATE TABLE "a b"."child" (\n    NOT NULL "id"\n)\nINHERITS ("public"."parent");\n',
    ),
  ).toBe(
    'CREATE TABLE "a b"."child" (\n)\nINHERITS ("public"."parent");\nALTER TABLE ONLY "a b"."child" ALTER COLUMN "id" SET NOT NULL;\n',
  );
});

it('columns and other constraints stay where they are', () => {
  const sql = [
    'CREATE UNLOGGED TABLE "public"."child" (',
    '    CONSTRAINT "named" NOT NULL "x",',
    '    "y" numeric(10,2) DEFAULT 1 NOT NULL,',
    '    CONSTRAINT "c" CHECK ((("y" > (0)::numeric) AND ("x" IS NOT NULL))),',
    '    NOT NULL "a, (b"',
    ')',
    'INHERITS ("public"."parent", "public"."other")',
    "WITH (fillfactor='70');",
    'ALTER TABLE ONLY "public"."child" ALTER COLUMN "y" SET STATISTICS 5;\n',
  ].join('\n');
  expect(notNullAsStatements(sql)).toBe(
    [
      'CREATE UNLOGGED TABLE "public"."child" (',
      '    "y" numeric(10,2) DEFAULT 1 NOT NULL,',
      '    CONSTRAINT "c" CHECK ((("y" > (0)::numeric) AND ("x" IS NOT NULL)))',
      ')',
      'INHERITS ("public"."parent", "public"."other")',
      "WITH (fillfactor='70');",
      'ALTER TABLE ONLY "public"."child" ALTER COLUMN "y" SET STATISTICS 5;',
      'ALTER TABLE ONLY "public"."child" ALTER COLUMN "x" SET NOT NULL;',
      'ALTER TABLE ONLY "public"."child" ALTER COLUMN "a, (b" SET NOT NULL;\n',
    ].join('\n'),
  );
});

it.each([
  'CREATE TABLE "public"."t" (\n    "a" integer NOT NULL,\n    "b" integer DEFAULT length(\'NOT NULL "a"\') CONSTRAINT "n" NOT NULL\n);\n',
  'CREATE TABLE "public"."t" (\n)\nINHERITS ("public"."p");\n',
  'CREATE FOREIGN TABLE "public"."f" (\n    "a" integer NOT NULL\n)\nSERVER "s"\nOPTIONS (\n    "x" \'NOT NULL "a"\'\n);\n',
])('leaves %j alone', (sql) => {
  expect(notNullAsStatements(sql)).toBe(sql);
});

it('of a table that bears the words of a statement', () => {
  expect(
    notNullAsStatements('CREATE TABLE "TABLE"."UNLOGGED ( x" (\n    NOT NULL "a"\n)\nINHERITS ("s"."p");\n'),
  ).toBe(
    'CREATE TABLE "TABLE"."UNLOGGED ( x" (\n)\nINHERITS ("s"."p");\nALTER TABLE ONLY "TABLE"."UNLOGGED ( x" ALTER COLUMN "a" SET NOT NULL;\n',
  );
});

it('of a foreign table too', () => {
  expect(
    notNullAsStatements(
      'CREATE FOREIGN TABLE "s"."f" (\n    NOT NULL "a"\n)\nINHERITS ("s"."p")\nSERVER "x";\n',
    ),
  ).toBe(
    'CREATE FOREIGN TABLE "s"."f" (\n)\nINHERITS ("s"."p")\nSERVER "x";\nALTER FOREIGN TABLE ONLY "s"."f" ALTER COLUMN "a" SET NOT NULL;\n',
  );
});
