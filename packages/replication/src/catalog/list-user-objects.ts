import type { Session } from '../session/session.ts';
import { SYNC_NAME_PATTERN } from '../sync/sync-names.ts';
import { OUR_COMMENTS } from './our-schemas.ts';

/** What initdb made has lower oids (FirstNormalObjectId in PostgreSQL's access/transam.h). */
const FIRST_USER_OID = 16_384;

type Kind = [catalogue: string, kind: string, nameColumn: string, schemaColumn?: string];

/** Kinds whose rows need no more than a name. */
const inSchemas: readonly Kind[] = [
  ['pg_collation', 'collation', 'collname', 'collnamespace'],
  ['pg_conversion', 'conversion', 'conname', 'connamespace'],
  ['pg_operator', 'operator', 'oprname', 'oprnamespace'],
  ['pg_opclass', 'operator class', 'opcname', 'opcnamespace'],
  ['pg_opfamily', 'operator family', 'opfname', 'opfnamespace'],
  ['pg_ts_config', 'text search configuration', 'cfgname', 'cfgnamespace'],
  ['pg_ts_dict', 'text search dictionary', 'dictname', 'dictnamespace'],
];
const outsideOfSchemas: readonly Kind[] = [
  ['pg_am', 'access method', 'amname'],
  ['pg_event_trigger', 'event trigger', 'evtname'],
  ['pg_foreign_data_wrapper', 'foreign data wrapper', 'fdwname'],
  ['pg_foreign_server', 'foreign server', 'srvname'],
  ['pg_language', 'language', 'lanname'],
];

function selectInSchema([catalogue, kind, name, schema = '']: Kind): string {
  return `
       UNION ALL
       SELECT 'pg_catalog.${catalogue}'::regclass, o.oid, '${kind} ' || s.nspname || '.' || o.${name}
       FROM pg_catalog.${catalogue} AS o JOIN schemas AS s ON s.oid = o.${schema}`;
}

function selectOutside([catalogue, kind, name]: Kind): string {
  return `
       UNION ALL
       SELECT 'pg_catalog.${catalogue}'::regclass, oid, '${kind} ' || ${name}
       FROM pg_catalog.${catalogue} WHERE oid >= ${FIRST_USER_OID}`;
}

/**
 * The first few objects of a database that somebody made: what initdb and extensions brought is not among them,
 * nor is what unfinished runs and continuous sync keep there.
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
         AND coalesce(pg_catalog.obj_description(oid, 'pg_namespace'), '') <> ALL ($2::text[])),
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
       FROM pg_catalog.pg_largeobject_metadata
       UNION ALL
       SELECT 'pg_catalog.pg_cast'::regclass, oid,
              pg_catalog.format('cast %s AS %s', castsource::regtype, casttarget::regtype)
       FROM pg_catalog.pg_cast WHERE oid >= ${FIRST_USER_OID}
       UNION ALL
       SELECT 'pg_catalog.pg_subscription'::regclass, 0, 'subscription ' || subname FROM pg_catalog.pg_subscription
       WHERE subname !~ $3 AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
       UNION ALL
       SELECT 'pg_catalog.pg_publication'::regclass, oid, 'publication ' || pubname FROM pg_catalog.pg_publication
       WHERE pubname !~ $3
       ${[...inSchemas.map(selectInSchema), ...outsideOfSchemas.map(selectOutside)].join('')})
     SELECT object FROM objects AS o
     WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = o.classid AND m.objid = o.oid)
     ORDER BY object LIMIT $1`,
    [limit, OUR_COMMENTS, SYNC_NAME_PATTERN],
  );
  return rows.map(({ object }) => object);
}
