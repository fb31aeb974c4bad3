/**
 * Which types have an equality, as fragments of queries: one of a default operator class of btree or hash, of the type
 * or of one that takes its values as they are. That of an array, a row or a domain leans on what is in it, and fails
 * when it finds that there is none.
 *
 * https://www.postgresql.org/docs/current/catalog-pg-opclass.html
 */

/** Of a row of pg_type called t: the types that it is made of, as `part`; goes into a CROSS JOIN LATERAL. */
export const PARTS_OF_T = `(
  SELECT t.typbasetype AS part WHERE t.typtype = 'd'
  UNION ALL SELECT t.typelem WHERE t.typlen = -1 AND t.typelem <> 0
  UNION ALL SELECT f.atttypid FROM pg_catalog.pg_attribute AS f
            WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped)`;

/** Of a row of pg_type called t: it is compared by an equality of its own. */
export const T_IS_COMPARED_ITSELF = `t.typtype = 'b' AND NOT (t.typlen = -1 AND t.typelem <> 0)`;

/** Goes into a WITH that has `parts` with a column `part`: `equalities`, with `type` and what to write for it. */
export const EQUALITIES_OF_PARTS = `
  operators AS (
    SELECT c.opcintype AS type, 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ')' AS equality
    FROM pg_catalog.pg_opclass AS c
    JOIN pg_catalog.pg_am AS m ON m.oid = c.opcmethod AND m.amname IN ('btree', 'hash')
    JOIN pg_catalog.pg_amop AS s ON s.amopfamily = c.opcfamily AND s.amoplefttype = c.opcintype AND s.amoprighttype = c.opcintype
                                AND s.amopstrategy = CASE m.amname WHEN 'btree' THEN 3 ELSE 1 END
    JOIN pg_catalog.pg_operator AS o ON o.oid = s.amopopr
    JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
    WHERE c.opcdefault
  ), equalities AS (
    SELECT DISTINCT ON (p.part) p.part AS type, o.equality
    FROM (SELECT DISTINCT part FROM parts) AS p
    LEFT JOIN pg_catalog.pg_cast AS k ON k.castsource = p.part AND k.castmethod = 'b' AND k.castcontext = 'i'
    JOIN operators AS o ON o.type = p.part OR o.type = k.casttarget
    JOIN pg_catalog.pg_type AS t ON t.oid = o.type
    ORDER BY p.part, o.type = p.part DESC, t.typispreferred DESC
  )`;
