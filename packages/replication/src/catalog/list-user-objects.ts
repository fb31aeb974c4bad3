import { CHECKPOINT_COMMENT } from '../checkpoint/find-checkpoint.ts';
import type { Session } from '../session/session.ts';

/**
 * The first few objects of a database that somebody made: what initdb and extensions brought is not among them,
 * nor is the checkpoint of an unfinished run.
 *
 * @returns names for people, as in `table public.orders`; empty for a database that a copy may fill
 */
export async function listUserObjects(session: Session, limit = 5): Promise<string[]> {
  const rows = await session.query<{ object: string }>(
    'list its objects',
    `WITH members AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'),
     schemas AS (
       SELECT oid, nspname FROM pg_catalog.pg_namespace
       WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp_|toast_temp_)'
         AND pg_catalog.obj_description(oid, 'pg_namespace') IS DISTINCT FROM $2),
     objects AS (
       SELECT 'pg_catalog.pg_class'::regclass AS classid, c.oid,
              CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                             WHEN 'f' THEN 'foreign table' ELSE 'table' END
              || ' ' || s.nspname || '.' || c.relname AS object
       FROM pg_catalog.pg_class AS c JOIN schemas AS s ON s.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
       UNION ALL
       SELECT 'pg_catalog.pg_namespace'::regclass, oid, 'schema ' || nspname FROM schemas WHERE nspname <> 'public'
       UNION ALL
       SELECT 'pg_catalog.pg_proc'::regclass, p.oid, 'function ' || s.nspname || '.' || p.proname
       FROM pg_catalog.pg_proc AS p JOIN schemas AS s ON s.oid = p.pronamespace
       UNION ALL
       SELECT 'pg_catalog.pg_type'::regclass, t.oid, 'type ' || s.nspname || '.' || t.typname
       FROM pg_catalog.pg_type AS t
       JOIN schemas AS s ON s.oid = t.typnamespace
       LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
       WHERE t.typelem = 0 AND (t.typrelid = 0 OR c.relkind = 'c')
       UNION ALL
       SELECT 'pg_catalog.pg_largeobject'::regclass, oid, 'large object ' || oid::text
       FROM pg_catalog.pg_largeobject_metadata)
     SELECT object FROM objects AS o
     WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = o.classid AND m.objid = o.oid)
     ORDER BY object LIMIT $1`,
    [limit, CHECKPOINT_COMMENT],
  );
  return rows.map(({ object }) => object);
}
