import type { Session } from '../session/session.ts';

export interface InvalidIndex {
  schema: string;
  table: string;
  name: string;
}

/** Indexes that a CREATE INDEX CONCURRENTLY has left behind unfinished; those of partitioned tables are not among them. */
export async function listInvalidIndexes(session: Session): Promise<InvalidIndex[]> {
  return session.query<{ schema: string; table: string; name: string }>(
    'list invalid indexes',
    `SELECT n.nspname::text AS schema, t.relname::text AS "table", c.relname::text AS name
     FROM pg_catalog.pg_index AS i
     JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE NOT (i.indisvalid AND i.indisready) AND c.relkind = 'i'
       AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast'`,
  );
}
