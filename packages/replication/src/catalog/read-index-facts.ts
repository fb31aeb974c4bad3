import type { Session } from '../session/session.ts';

export interface IndexFacts {
  /** On disk. */
  bytes: number;
  /** `pg_am.amname`: `btree`, `gin`, … */
  method: string;
  /** `pg_constraint.oid` of the constraint that it enforces; null when there is none. */
  constraintOid: number | null;
}

/**
 * The indexes of users' tables, by oid.
 *
 * https://www.postgresql.org/docs/current/catalog-pg-index.html
 */
export async function readIndexFacts(source: Session): Promise<Map<number, IndexFacts>> {
  const rows = await source.query<{
    oid: string;
    bytes: string | null;
    method: string;
    constraint_oid: string | null;
  }>(
    'read the sizes of indexes',
    `SELECT i.indexrelid::int8::text AS oid, pg_catalog.pg_relation_size(i.indexrelid)::text AS bytes,
            m.amname AS method, k.oid::int8::text AS constraint_oid
     FROM pg_catalog.pg_index AS i
     JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_constraint AS k
       ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
     WHERE c.relkind = 'i' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`,
  );
  return new Map(
    rows.map((row) => [
      Number(row.oid),
      {
        bytes: Number(row.bytes ?? 0),
        method: row.method,
        constraintOid: row.constraint_oid === null ? null : Number(row.constraint_oid),
      },
    ]),
  );
}
