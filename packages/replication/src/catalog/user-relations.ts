import { IS_OF_USERS, LEFT_JOIN_CONFIGURATION } from './extension-members.ts';

/**
 * The tables that the questions to a source read from. Values: $1 the oids of tables that a run leaves out, $2 of
 * those that it creates without rows, both as int8[].
 */

/**
 * `relations`: those of users. What initdb made is not among them, and of what extensions made only the tables whose rows a
 * dump carries (`is_configuration`). Excluded ones are: pg_dump locks them all the same.
 * `table_sizes`: of the tables whose rows are copied, in bytes, with TOAST; not of those that somebody has locked
 * against reading, as asking for a size waits for the lock.
 */
export const USER_RELATIONS = `
  relations AS MATERIALIZED (
    SELECT c.oid, n.oid AS schema_oid, n.nspname AS schema, c.relname AS name, c.relkind, c.relpersistence,
           c.relowner, c.relreplident, c.relispopulated, c.reltoastrelid,
           c.oid NOT IN (SELECT o::oid FROM unnest($1::int8[]) AS o) AS is_in_scope,
           c.oid NOT IN (SELECT o::oid FROM unnest($1::int8[] || $2::int8[]) AS o) AS has_rows_in_scope,
           e.oid IS NOT NULL AS is_configuration
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    ${LEFT_JOIN_CONFIGURATION}
    WHERE c.relkind IN ('r', 'p', 'S', 'm', 'f') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND ${IS_OF_USERS}
  ),
  blocked AS MATERIALIZED (
    SELECT l.relation AS oid
    FROM pg_catalog.pg_locks AS l
    JOIN pg_catalog.pg_database AS d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
  ),
  table_sizes AS MATERIALIZED (
    SELECT r.schema, r.name, coalesce(pg_catalog.pg_table_size(r.oid), 0) AS bytes,
           coalesce(pg_catalog.pg_indexes_size(r.oid), 0) AS index_bytes
    FROM relations AS r
    WHERE r.relkind = 'r' AND r.has_rows_in_scope
      AND NOT EXISTS (
        SELECT FROM blocked AS b
        WHERE b.oid IN (r.oid, r.reltoastrelid)
           OR b.oid IN (SELECT i.indexrelid FROM pg_catalog.pg_index AS i WHERE i.indrelid = r.oid))
  )`;
