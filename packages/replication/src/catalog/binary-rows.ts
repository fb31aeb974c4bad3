/**
 * SQL for whether a table's rows are better sent in COPY's binary form: true where every column's form is the same
 * whatever server wrote it, and at least one costs a server much more to write and read as text. Rows of short numbers
 * alone stay text, which is smaller and no slower.
 *
 * Not among the safe ones: arrays of users' types and composite types (their binary form holds oids, which differ
 * between databases), and types of extensions.
 *
 * https://www.postgresql.org/docs/current/sql-copy.html (Binary Format); `array_send`, `record_send`
 */
const SAFE_TYPES = [
  ...['bool', 'int2', 'int4', 'int8', 'numeric', 'oid', 'text', 'varchar', 'bpchar', 'name', 'json', 'jsonb'],
  ...['bit', 'varbit'],
];
/** Measured: binary takes between a half and two thirds of the processor time, both servers together. */
const GAINING_TYPES = [
  ...['float4', 'float8', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval'],
  ...['uuid', 'bytea', 'inet', 'cidr', 'macaddr', 'macaddr8'],
  ...['point', 'lseg', 'box', 'path', 'polygon', 'line', 'circle'],
];

const list = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

/** An aggregate over rows of `pg_attribute` as `a`; each column's type is `t`, its domain's or array's is `b`. */
export const COPIES_BETTER_IN_BINARY = `
  coalesce(pg_catalog.bool_and(
             t.typtype = 'e'
             OR b.typnamespace = 'pg_catalog'::regnamespace AND b.typname IN (${list([...SAFE_TYPES, ...GAINING_TYPES])}))
           AND pg_catalog.bool_or(b.typnamespace = 'pg_catalog'::regnamespace AND b.typname IN (${list(GAINING_TYPES)})),
           false)`;

/** `t` and `b` for it. A domain of a domain, or of an array, is looked at no further: its rows travel as text. */
export const JOIN_TYPES_OF_COLUMNS = `
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type AS b
    ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END`;
