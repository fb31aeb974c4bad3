import { identifierList } from '../catalog/quote.ts';

/**
 * SQL for the 64-bit hash of a row: of the text of ROW(…), which tells NULL (nothing) from an empty string (two
 * quotes). The settings that shape text are pinned in every session; hashtextextended gives the same number in all
 * versions that are supported, as hash partitioning relies on it. Databases of different encodings are compared over
 * UTF-8: dearer, but comparable.
 *
 * https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX
 */
export function rowHash(columns: readonly string[], haveSameEncoding: boolean): string {
  const row = `ROW(${identifierList(columns)})::text`;
  return haveSameEncoding
    ? `pg_catalog.hashtextextended(${row} COLLATE "C", 0)`
    : `('x' || pg_catalog.left(pg_catalog.md5(pg_catalog.convert_to(${row}, 'UTF8')), 16))::bit(64)::int8`;
}
