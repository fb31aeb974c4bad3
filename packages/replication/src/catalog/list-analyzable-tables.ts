import type { Session } from '../session/session.ts';
import { OUR_COMMENTS } from './our-schemas.ts';

/** A table of the target that ANALYZE takes. */
export interface AnalyzableTable {
  oid: string;
  schema: string;
  name: string;
  /** As in `pg_class.relkind`: a table, a partitioned one, a materialised view. */
  kind: 'r' | 'p' | 'm';
  /** Oids of its partitions or children at every level: its statistics are of them too. */
  below: string[];
  /** Some of those are foreign tables: ANALYZE would ask their servers. */
  isAboveForeign: boolean;
}

export async function listAnalyzableTables(target: Session): Promise<AnalyzableTable[]> {
  return target.query<AnalyzableTable & Record<string, unknown>>(
    'list tables',
    `WITH RECURSIVE lines AS (
       SELECT inhparent AS ancestor, inhrelid AS oid FROM pg_catalog.pg_inherits
       UNION
       SELECT l.ancestor, i.inhrelid FROM lines AS l JOIN pg_catalog.pg_inherits AS i ON i.inhparent = l.oid
     ), trees AS (
       SELECT l.ancestor AS oid, pg_catalog.array_agg(l.oid::text) AS below,
              pg_catalog.bool_or(c.relkind = 'f') AS is_above_foreign
       FROM lines AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.oid
       GROUP BY l.ancestor
     )
     SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
            coalesce(t.below, '{}') AS below, coalesce(t.is_above_foreign, false) AS "isAboveForeign"
     FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     LEFT JOIN trees AS t ON t.oid = c.oid
     WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace'), '') <> ALL ($1::text[])`,
    [OUR_COMMENTS],
  );
}
