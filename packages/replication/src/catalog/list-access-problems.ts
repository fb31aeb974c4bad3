import type { Session } from '../session/session.ts';
import { qualifiedName } from './quote.ts';

export interface AccessProblem {
  oid: number;
  /** `schema.name` for people. */
  label: string;
  /** `"schema"."name"` for SQL. */
  quotedName: string;
  quotedSchema: string;
  kind: 'table' | 'sequence';
  lacks: 'usage' | 'select' | 'all rows';
}

/** Tables and sequences that this role may not read whole: no privilege, or row security hides rows from it. */
export async function listAccessProblems(session: Session): Promise<AccessProblem[]> {
  const rows = await session.query<{
    oid: string;
    schema: string;
    name: string;
    kind: AccessProblem['kind'];
    lacks: AccessProblem['lacks'];
  }>(
    'check privileges',
    `SELECT * FROM (
       SELECT c.oid::int8::text AS oid, n.nspname AS schema, c.relname AS name,
              CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind,
              CASE WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') THEN 'usage'
                   WHEN c.relkind = 'S' AND NOT pg_catalog.has_sequence_privilege(c.oid, 'SELECT') THEN 'select'
                   WHEN c.relkind <> 'S' AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT') THEN 'select'
                   WHEN c.relkind = 'r' AND pg_catalog.row_security_active(c.oid) THEN 'all rows'
              END AS lacks
       FROM pg_catalog.pg_class AS c
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
         AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_depend
           WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid AND deptype = 'e')
     ) AS checked
     WHERE lacks IS NOT NULL
     ORDER BY schema, name`,
  );
  return rows.map(({ oid, schema, name, kind, lacks }) => ({
    oid: Number(oid),
    label: `${schema}.${name}`,
    quotedName: qualifiedName(schema, name),
    quotedSchema: session.client.escapeIdentifier(schema),
    kind,
    lacks,
  }));
}
