/**
 * SQL that tells the tables and sequences of users from those of extensions. An extension may declare some of its own
 * to hold what users enter: these are dumped and copied, those rows of them that its condition chooses.
 *
 * https://www.postgresql.org/docs/current/catalog-pg-extension.html (extconfig, extcondition)
 */

/** For a query over `pg_class AS c`: `e.configuration` is the condition, null for what no extension declares. */
export const LEFT_JOIN_CONFIGURATION = `
  LEFT JOIN (
    SELECT config.oid, config.condition AS configuration
    FROM pg_catalog.pg_extension AS x
    CROSS JOIN LATERAL unnest(x.extconfig, x.extcondition) AS config(oid, condition)
  ) AS e ON e.oid = c.oid`;

/** Users' own, or declared by its extension. */
export const IS_OF_USERS = `(
  e.oid IS NOT NULL OR NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend
    WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid AND objsubid = 0 AND deptype = 'e'))`;
