/**
 * SQL for where a table's rows are better sent in COPY's binary form than as text. No value takes servers longer in
 * binary, and most much less: as text each is written, looked through for what has to be escaped, and parsed. But in
 * binary a value has four bytes of length before it, and a short number up to eight of its own: rows of short values
 * grow to twice their size, which is worth it only where bytes are not what a copy waits for.
 *
 * Nowhere, where the binary form does not mean the same whatever server wrote it: arrays of users' types and composite
 * types hold oids, which differ between databases, and types of extensions may hold anything.
 *
 * https://www.postgresql.org/docs/current/sql-copy.html (Binary Format); `array_send`, `record_send`
 */
const SAFE_TYPES = [
  ...['bool', 'int2', 'int4', 'int8', 'numeric', 'oid', 'text', 'varchar', 'bpchar', 'name', 'json', 'jsonb'],
  ...['bit', 'varbit'],
];
/** Measured: binary takes between a quarter and two thirds of the processor time, both servers together. */
const GAINING_TYPES = [
  ...['float4', 'float8', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval'],
  ...['uuid', 'bytea', 'inet', 'cidr', 'macaddr', 'macaddr8'],
  ...['point', 'lseg', 'box', 'path', 'polygon', 'line', 'circle'],
];

const isOneOf = (types: readonly string[]) =>
  `b.typnamespace = 'pg_catalog'::regnamespace AND b.typname IN (${types.map((name) => `'${name}'`).join(', ')})`;

/** An aggregate over rows of `pg_attribute` as `a`; each column's type is `t`, its domain's or array's is `b`. */
export const BETTER_IN_BINARY = `
  CASE WHEN NOT coalesce(pg_catalog.bool_and(t.typtype = 'e' OR ${isOneOf([...SAFE_TYPES, ...GAINING_TYPES])}), false)
       THEN 'nowhere'
       WHEN pg_catalog.bool_or(${isOneOf(GAINING_TYPES)}) THEN 'anywhere'
       ELSE 'nearby' END`;

/** `t` and `b` for it. A domain of a domain, or of an array, is looked at no further: its rows travel as text. */
export const JOIN_TYPES_OF_COLUMNS = `
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type AS b
    ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END`;
