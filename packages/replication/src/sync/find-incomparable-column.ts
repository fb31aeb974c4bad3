import { labelOf, type ObjectName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';

/**
 * A subscription finds the rows of a table without a primary key by comparing whole rows, for which every type needs an
 * equality: that of its default operator class for B-trees or hashes. Arrays, composites and domains have what they are
 * made of.
 *
 * @param publication on this session's database
 * @returns a column that keeps a subscription from applying UPDATE and DELETE, in words; null when there is none
 */
export async function findIncomparableColumn(source: Session, publication: string): Promise<string | null> {
  const [found] = await source.query<ObjectName & { column: string; type: string }>(
    'look for columns that cannot be compared',
    `WITH RECURSIVE parts AS (
       SELECT a.attrelid AS relid, a.attnum, a.atttypid AS type
       FROM pg_catalog.pg_publication AS p
       JOIN pg_catalog.pg_publication_rel AS m ON m.prpubid = p.oid
       JOIN pg_catalog.pg_class AS c ON c.oid = m.prrelid AND c.relreplident = 'f'
       JOIN pg_catalog.pg_attribute AS a
         ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       WHERE p.pubname = $1
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
                         WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate AND i.indisvalid)
       UNION
       SELECT parts.relid, parts.attnum, inner_type.oid
       FROM parts JOIN pg_catalog.pg_type AS t ON t.oid = parts.type
       CROSS JOIN LATERAL (
         SELECT t.typbasetype AS oid WHERE t.typtype = 'd'
         UNION ALL SELECT t.typelem WHERE t.typlen = -1 AND t.typelem <> 0
         UNION ALL SELECT f.atttypid FROM pg_catalog.pg_attribute AS f
                   WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped
       ) AS inner_type)
     SELECT n.nspname AS schema, c.relname AS name, a.attname AS column, pg_catalog.format_type(t.oid, NULL) AS type
     FROM parts
     JOIN pg_catalog.pg_type AS t ON t.oid = parts.type AND t.typtype = 'b' AND NOT (t.typlen = -1 AND t.typelem <> 0)
     JOIN pg_catalog.pg_class AS c ON c.oid = parts.relid
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = parts.relid AND a.attnum = parts.attnum
     WHERE NOT EXISTS (
       SELECT FROM pg_catalog.pg_opclass AS o JOIN pg_catalog.pg_am AS m ON m.oid = o.opcmethod
       WHERE o.opcdefault AND m.amname IN ('btree', 'hash')
         AND (o.opcintype = t.oid OR EXISTS (
           SELECT FROM pg_catalog.pg_cast AS k
           WHERE k.castsource = t.oid AND k.casttarget = o.opcintype AND k.castmethod = 'b' AND k.castcontext = 'i')))
     ORDER BY 1, 2, parts.attnum LIMIT 1`,
    [publication],
  );
  if (found === undefined) return null;
  return `it cannot find rows of ${labelOf(found)} by all of their columns, since ${found.type} of ${found.column} has no equality`;
}
