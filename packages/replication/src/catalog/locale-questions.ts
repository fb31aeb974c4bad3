import { askOne, askSample, askAll } from './ask.ts';

export interface UsedCollation {
  schema: string;
  name: string;
  provider: 'libc' | 'icu' | 'builtin';
  /** Made by a user: then a copy makes it too. */
  is_user_made: boolean;
  /** Of libc; null for the other providers. */
  locale: string | null;
}

export interface CollationVersions {
  /** What the database was last sorted by; null where the provider has no versions, or the server is older than 15. */
  recorded: string | null;
  actual: string | null;
}

const USED_COLLATIONS = `
  SELECT c.oid, n.nspname AS schema, c.collname AS name, c.collprovider, c.collcollate, c.collversion
  FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
  WHERE c.collprovider <> 'd'
    AND (c.oid >= 16384
         OR c.oid IN (SELECT attcollation FROM pg_catalog.pg_attribute WHERE attrelid >= 16384
                      UNION SELECT typcollation FROM pg_catalog.pg_type WHERE oid >= 16384))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_collation'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/** Of either side: how text is sorted, and whether by the same rules as when its indexes were built. */
export function localeQuestions(versionNum: number) {
  return {
    /** Those that somebody made, and those of the system that a column is sorted by. C and POSIX are everywhere. */
    usedCollations: askAll<UsedCollation>(`
      SELECT schema, name, oid >= 16384 AS is_user_made,
             CASE collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
             CASE collprovider WHEN 'c' THEN collcollate END AS locale
      FROM (${USED_COLLATIONS}) AS used
      WHERE name NOT IN ('C', 'POSIX', 'ucs_basic') OR oid >= 16384
      ORDER BY 1, 2`),
    /** Collations in use whose rules have changed beneath them. */
    changedCollations: askSample<{ schema: string; name: string }>(`
      SELECT schema, name FROM (${USED_COLLATIONS}) AS used
      WHERE collversion <> pg_catalog.pg_collation_actual_version(oid) ORDER BY 1, 2`),
    databaseCollation: askOne<CollationVersions>(
      versionNum < 150_000
        ? 'SELECT NULL AS recorded, NULL AS actual'
        : `SELECT datcollversion AS recorded, pg_catalog.pg_database_collation_actual_version(oid) AS actual
           FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
    ),
  };
}

/** Of a target. Values: $3 names of the system's collations, $4 the encoding of the database that wants them. */
export const localeOfferQuestions = {
  missingCollations: askAll<{ name: string }>(`
    SELECT w AS name FROM unnest($3::text[]) AS w
    WHERE NOT EXISTS (
      SELECT FROM pg_catalog.pg_collation AS c
      WHERE c.collname = w AND c.collnamespace = 'pg_catalog'::regnamespace
        AND c.collencoding IN (-1, pg_catalog.pg_char_to_encoding($4)))
    ORDER BY 1`),
  icu: askOne<{ is_there: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'i') AS is_there`,
  ),
};
