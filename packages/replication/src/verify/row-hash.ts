/**
 * SQL for hashes that are the same on both servers where the values are. Text is what is hashed: it tells NULL (nothing)
 * from an empty string (two quotes), 1.0 from 1.00 and -0 from 0; the settings that shape it are pinned in every
 * session. hashtextextended gives the same number in all versions that are supported, as hash partitioning relies on
 * it. Databases of different encodings are compared over UTF-8: dearer, but comparable.
 *
 * https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX
 */
import pg from 'pg';
import { identifierList } from '../catalog/quote.ts';

/** A 64-bit hash, null for NULL. */
export function textHash(text: string, haveSameEncoding: boolean): string {
  return haveSameEncoding
    ? `pg_catalog.hashtextextended(${text} COLLATE "C", 0)`
    : `('x' || pg_catalog.left(pg_catalog.md5(pg_catalog.convert_to(${text}, 'UTF8')), 16))::bit(64)::int8`;
}

export function rowText(columns: readonly string[]): string {
  return `ROW(${identifierList(columns)})::text`;
}

export function rowHash(columns: readonly string[], haveSameEncoding: boolean): string {
  return textHash(rowText(columns), haveSameEncoding);
}

/**
 * A hash of the columns' hashes, for rows whose text as a whole would be longer than the gigabyte that a server can
 * put together. Of `bytea` the bytes are hashed, since their text is twice as long.
 */
export function rowHashByColumn(
  columns: readonly string[],
  byteaColumns: ReadonlySet<string>,
  haveSameEncoding: boolean,
): string {
  const hashes = columns.map((column) =>
    byteaColumns.has(column)
      ? `pg_catalog.md5(${pg.escapeIdentifier(column)})`
      : textHash(valueText(column), haveSameEncoding),
  );
  return textHash(`ROW(${hashes.join(', ')})::text`, haveSameEncoding);
}

/**
 * A value as its type writes it, null for NULL. Not a cast: that takes the blanks off the end of a `char(n)`, and
 * types may bring casts of their own. A composite of NULLs is no NULL here (IS NULL would say that it is one).
 */
export function valueText(column: string): string {
  const name = pg.escapeIdentifier(column);
  return `CASE WHEN ${name} IS DISTINCT FROM NULL THEN pg_catalog.concat(${name}) END`;
}
