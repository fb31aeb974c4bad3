/**
 * SQL for whether a table's rows are better sent in COPY's binary form: true where every column's form is the same
 * whatever server wrote it, and it spares the servers more than it costs on the way. No value takes them longer in
 * binary. But there a value has four bytes of length before it, and a short number up to eight of its own: rows of
 * short values would grow to twice their size for little, and stay text.
 *
 * Not among the safe ones: arrays of users' types and composite types (their binary form holds oids, which differ
 * between databases), and types of extensions.
 *
 * https://www.postgresql.org/docs/current/sql-copy.html (Binary Format); `array_send`, `record_send`
 */
const NUMBERS = ['bool', 'int2', 'int4', 'int8', 'numeric', 'oid'];
/** As text they are read byte by byte for what has to be escaped: the longer, the more binary gains. */
const TEXTS = ['text', 'varchar', 'bpchar', 'name', 'json', 'jsonb', 'bit', 'varbit'];
/** Measured: binary takes between a quarter and two thirds of the processor time, both servers together. */
const GAINING_TYPES = [
  ...['float4', 'float8', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval'],
  ...['uuid', 'bytea', 'inet', 'cidr', 'macaddr', 'macaddr8'],
  ...['point', 'lseg', 'box', 'path', 'polygon', 'line', 'circle'],
];
const SAFE_TYPES = [...NUMBERS, ...TEXTS, ...GAINING_TYPES];

/** What a row takes on disk besides its values: its header and its line pointer. */
const ROW_OVERHEAD_BYTES = 28;
/** Where a table's values are this long on the average, its rows grow by a third at most, and texts gain more than that. */
const MIN_VALUE_BYTES = 16;

const isOneOf = (types: readonly string[]) =>
  `b.typnamespace = 'pg_catalog'::regnamespace AND b.typname IN (${types.map((name) => `'${name}'`).join(', ')})`;

/**
 * An aggregate over rows of `pg_attribute` as `a`; each column's type is `t`, its domain's or array's is `b`.
 *
 * @param bytes SQL for what the table takes on disk
 * @param rows SQL for how many rows it has; 0 or less where that is not known
 */
export function copiesBetterInBinary({ bytes, rows }: { bytes: string; rows: string }): string {
  const valueBytes = `(${bytes} / nullif(${rows}, 0) - ${ROW_OVERHEAD_BYTES}) / nullif(pg_catalog.count(*), 0)`;
  const hasLongTexts = `pg_catalog.bool_or(${isOneOf(TEXTS)}) AND ${rows} > 0 AND ${valueBytes} >= ${MIN_VALUE_BYTES}`;
  return `coalesce(pg_catalog.bool_and(t.typtype = 'e' OR ${isOneOf(SAFE_TYPES)})
           AND (pg_catalog.bool_or(${isOneOf(GAINING_TYPES)}) OR ${hasLongTexts}), false)`;
}

/** `t` and `b` for it. A domain of a domain, or of an array, is looked at no further: its rows travel as text. */
export const JOIN_TYPES_OF_COLUMNS = `
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type AS b
    ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END`;
