import type { Session } from '../session/session.ts';

/** A constraint that can be made in two steps, the longer of which leaves its tables open to others. */
export interface DivisibleConstraint {
  kind: 'PRIMARY KEY' | 'UNIQUE' | 'FOREIGN KEY';
  /** `pg_class.oid` of its table; of a foreign key the referencing one. */
  table: number;
  tableSchema: string;
  tableName: string;
  name: string;
  /** CREATE INDEX of the index that enforces a key; null for foreign keys. */
  indexDefinition: string | null;
  /** As in `DEFERRABLE INITIALLY DEFERRED`; empty for most. */
  deferral: string;
}

/**
 * Keys that a plain unique index enforces, and foreign keys that hold, by `pg_constraint.oid`; of these tables only,
 * none of which is partitioned: there neither `USING INDEX` nor `NOT VALID` is for every release.
 *
 * https://www.postgresql.org/docs/current/sql-altertable.html (ADD table_constraint_using_index, NOT VALID)
 */
export async function readDivisibleConstraints(
  source: Session,
  tables: readonly number[],
): Promise<Map<number, DivisibleConstraint>> {
  const rows = await source.query<{
    oid: string;
    type: 'p' | 'u' | 'f';
    table_oid: string;
    table_schema: string;
    table_name: string;
    name: string;
    index_definition: string | null;
    deferral: string;
  }>(
    'read the constraints of large tables',
    `SELECT k.oid::int8::text AS oid, k.contype AS type, k.conrelid::int8::text AS table_oid,
            n.nspname AS table_schema, c.relname AS table_name, k.conname AS name,
            CASE WHEN k.contype <> 'f' THEN pg_catalog.pg_get_indexdef(k.conindid) END AS index_definition,
            CASE WHEN k.condeferred THEN 'DEFERRABLE INITIALLY DEFERRED'
                 WHEN k.condeferrable THEN 'DEFERRABLE' ELSE '' END AS deferral
     FROM pg_catalog.pg_constraint AS k
     JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid AND c.relkind = 'r'
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE k.conrelid = ANY ($1::pg_catalog.oid[]) AND k.conparentid = 0
       AND CASE k.contype
             WHEN 'f' THEN k.convalidated
                       AND EXISTS (SELECT FROM pg_catalog.pg_class AS r WHERE r.oid = k.confrelid AND r.relkind = 'r')
             ELSE k.contype IN ('p', 'u')
                  AND EXISTS (SELECT FROM pg_catalog.pg_index AS i
                              WHERE i.indexrelid = k.conindid AND NOT i.indisexclusion)
           END`,
    [tables],
  );
  const kinds = { p: 'PRIMARY KEY', u: 'UNIQUE', f: 'FOREIGN KEY' } as const;
  return new Map(
    rows.map((row) => [
      Number(row.oid),
      {
        kind: kinds[row.type],
        table: Number(row.table_oid),
        tableSchema: row.table_schema,
        tableName: row.table_name,
        name: row.name,
        indexDefinition: row.index_definition,
        deferral: row.deferral,
      },
    ]),
  );
}
