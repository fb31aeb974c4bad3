import { labelOf, type ObjectName } from '../catalog/quote.ts';
import { EQUALITIES_OF_PARTS, PARTS_OF_T, T_IS_COMPARED_ITSELF } from '../catalog/type-equality.ts';
import type { Session } from '../session/session.ts';

/**
 * A subscription finds the rows of a table without a primary key by comparing whole rows, for which every type needs an
 * equality.
 *
 * @param publication on this session's database
 * @returns a column that keeps a subscription from applying UPDATE and DELETE, in words; null when there is none
 */
export async function findIncomparableColumn(source: Session, publication: string): Promise<string | null> {
  const [found] = await source.query<ObjectName & { column: string; type: string }>(
    'look for columns that cannot be compared',
    `WITH RECURSIVE parts AS (
       SELECT a.attrelid AS relid, a.attnum, a.atttypid AS part
       FROM pg_catalog.pg_publication AS p
       JOIN pg_catalog.pg_publication_rel AS m ON m.prpubid = p.oid
       JOIN pg_catalog.pg_class AS c ON c.oid = m.prrelid AND c.relreplident = 'f'
       JOIN pg_catalog.pg_attribute AS a
         ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       WHERE p.pubname = $1
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
                         WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate AND i.indisvalid)
       UNION
       SELECT parts.relid, parts.attnum, inner_type.part
       FROM parts JOIN pg_catalog.pg_type AS t ON t.oid = parts.part
       CROSS JOIN LATERAL ${PARTS_OF_T} AS inner_type
     ), ${EQUALITIES_OF_PARTS}
     SELECT n.nspname AS schema, c.relname AS name, a.attname AS column, pg_catalog.format_type(t.oid, NULL) AS type
     FROM parts
     JOIN pg_catalog.pg_type AS t ON t.oid = parts.part AND ${T_IS_COMPARED_ITSELF}
     JOIN pg_catalog.pg_class AS c ON c.oid = parts.relid
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = parts.relid AND a.attnum = parts.attnum
     WHERE t.oid NOT IN (SELECT type FROM equalities)
     ORDER BY 1, 2, parts.attnum LIMIT 1`,
    [publication],
  );
  if (found === undefined) return null;
  return `it cannot find rows of ${labelOf(found)} by all of their columns, since ${found.type} of ${found.column} has no equality`;
}
