import type { Session } from '../session/session.ts';

/** An object that only a superuser can create. */
export interface SuperuserObject {
  /** For people: `function public.f (language c)`. */
  label: string;
  kind: string;
  /** Nothing else stands on it: a copy without it is complete otherwise. */
  isLeaf: boolean;
}

const FIRST_WITH_SCHEMA_PUBLICATIONS = 150_000;

/**
 * Objects of a database that an ordinary role of the target could not create. What initdb brought and what belongs to
 * an extension is not among them.
 *
 * https://www.postgresql.org/docs/current/sql-commands.html, the privileges that each CREATE needs
 */
export async function listSuperuserObjects(session: Session, versionNum: number): Promise<SuperuserObject[]> {
  return session.query<SuperuserObject & Record<string, unknown>>(
    'list objects that need a superuser',
    `WITH schemas AS (
       SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'),
     objects(class, oid, schema, "isLeaf", kind, name) AS (
       SELECT 'pg_catalog.pg_proc'::regclass, p.oid, p.pronamespace, false, 'function',
              p.proname || CASE WHEN NOT l.lanpltrusted THEN ' (language ' || l.lanname || ')'
                                WHEN p.proleakproof THEN ' (leakproof)' ELSE ' (with a support function)' END
       FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
       WHERE p.prokind <> 'a' AND (NOT l.lanpltrusted OR p.proleakproof OR p.prosupport <> 0)
         -- Not the functions by which ranges construct their values.
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                         WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
       UNION ALL
       SELECT 'pg_catalog.pg_proc'::regclass, p.oid, p.pronamespace, false, 'aggregate', p.proname || ' (internal state)'
       FROM pg_catalog.pg_aggregate AS a JOIN pg_catalog.pg_proc AS p ON p.oid = a.aggfnoid
       WHERE 'pg_catalog.internal'::regtype IN (a.aggtranstype, a.aggmtranstype)
       UNION ALL
       SELECT 'pg_catalog.pg_type'::regclass, oid, typnamespace, false, 'base type', typname
       FROM pg_catalog.pg_type WHERE typtype = 'b' AND typcategory <> 'A'
       UNION ALL
       SELECT 'pg_catalog.pg_opclass'::regclass, oid, opcnamespace, false, 'operator class', opcname FROM pg_catalog.pg_opclass
       UNION ALL
       SELECT 'pg_catalog.pg_opfamily'::regclass, oid, opfnamespace, false, 'operator family', opfname FROM pg_catalog.pg_opfamily
       UNION ALL
       SELECT 'pg_catalog.pg_ts_parser'::regclass, oid, prsnamespace, false, 'text search parser', prsname FROM pg_catalog.pg_ts_parser
       UNION ALL
       SELECT 'pg_catalog.pg_ts_template'::regclass, oid, tmplnamespace, false, 'text search template', tmplname
       FROM pg_catalog.pg_ts_template
       UNION ALL
       SELECT 'pg_catalog.pg_cast'::regclass, oid, NULL, false, 'cast',
              pg_catalog.format('(%s AS %s)', castsource::regtype, casttarget::regtype)
       FROM pg_catalog.pg_cast WHERE castmethod = 'b'
       UNION ALL
       SELECT 'pg_catalog.pg_am'::regclass, oid, NULL, false, 'access method', amname FROM pg_catalog.pg_am
       UNION ALL
       SELECT 'pg_catalog.pg_language'::regclass, oid, NULL, false, 'language', lanname
       FROM pg_catalog.pg_language WHERE NOT lanpltrusted
       UNION ALL
       SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid, NULL, false, 'foreign data wrapper', fdwname
       FROM pg_catalog.pg_foreign_data_wrapper
       UNION ALL
       SELECT 'pg_catalog.pg_event_trigger'::regclass, oid, NULL, true, 'event trigger', evtname FROM pg_catalog.pg_event_trigger
       UNION ALL
       -- Its oid is hidden from ordinary roles before 14.
       SELECT 'pg_catalog.pg_subscription'::regclass, 16384, NULL, true, 'subscription', subname FROM pg_catalog.pg_subscription
       WHERE subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE datname = pg_catalog.current_database())
       UNION ALL
       SELECT 'pg_catalog.pg_publication'::regclass, oid, NULL, true, 'publication', pubname || ' (of all tables)'
       FROM pg_catalog.pg_publication WHERE puballtables
       ${versionNum >= FIRST_WITH_SCHEMA_PUBLICATIONS ? SCHEMA_PUBLICATIONS : ''})
     SELECT pg_catalog.concat(o.kind, ' ', s.nspname || '.', o.name) AS label, o.kind, o."isLeaf"
     FROM objects AS o LEFT JOIN schemas AS s ON s.oid = o.schema
     WHERE (o.schema IS NULL OR s.oid IS NOT NULL) AND o.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                       WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
     ORDER BY label`,
  );
}

const SCHEMA_PUBLICATIONS = `
  UNION ALL
  SELECT 'pg_catalog.pg_publication'::regclass, p.oid, NULL, true, 'publication', p.pubname || ' (of all tables in a schema)'
  FROM pg_catalog.pg_publication AS p
  WHERE EXISTS (SELECT FROM pg_catalog.pg_publication_namespace AS n WHERE n.pnpubid = p.oid)`;
