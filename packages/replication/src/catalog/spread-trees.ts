/**
 * Partition trees whose rows are copied through the table on top, which lets the target choose their partitions. Hash
 * partitions belong to the hashes of values, and some values hash otherwise on every server: an enum's hash is that of
 * the oid of its label, a regclass is an oid itself, and arrays, rows and ranges may hold such values. pg_dump does the
 * same for enums (`hasUnsafePartitions`).
 *
 * Trees with a foreign table in them are left alone: what goes through the table on top would be written to the server
 * behind it.
 *
 * https://www.postgresql.org/docs/current/app-pgdump.html (--load-via-partition-root)
 */
const OPERATOR_CLASSES_OF_OIDS = `'enum_ops', 'oid_ops', 'array_ops', 'record_ops', 'range_ops', 'multirange_ops'`;

/** Goes into a WITH: `spread_trees` has a row for each of them, `spread_members` one for each table in one. */
export const SPREAD_TREES = `
  hashed_roots AS (
    SELECT DISTINCT pg_catalog.pg_partition_root(p.partrelid)::pg_catalog.oid AS root
    FROM pg_catalog.pg_partitioned_table AS p
    WHERE p.partstrat = 'h' AND EXISTS (
      SELECT FROM pg_catalog.pg_opclass AS o
      WHERE o.oid = ANY (p.partclass) AND o.opcnamespace = 'pg_catalog'::pg_catalog.regnamespace
        AND o.opcname IN (${OPERATOR_CLASSES_OF_OIDS}))
  ), spread_trees AS (
    SELECT h.root, pg_catalog.array_agg(m.relid::pg_catalog.oid::int8::text) FILTER (WHERE m.level > 0) AS partitions,
           pg_catalog.sum(pg_catalog.pg_table_size(m.relid)) FILTER (WHERE m.isleaf) AS bytes,
           pg_catalog.max(pg_catalog.pg_relation_size(m.relid)) FILTER (WHERE m.isleaf) AS largest_bytes
    FROM hashed_roots AS h
    CROSS JOIN LATERAL pg_catalog.pg_partition_tree(h.root) AS m
    JOIN pg_catalog.pg_class AS c ON c.oid = m.relid
    GROUP BY h.root HAVING pg_catalog.bool_or(m.level > 0) AND NOT pg_catalog.bool_or(c.relkind = 'f')
  ), spread_members AS (
    SELECT m.relid::pg_catalog.oid AS oid
    FROM spread_trees AS t CROSS JOIN LATERAL pg_catalog.pg_partition_tree(t.root) AS m
  )`;
