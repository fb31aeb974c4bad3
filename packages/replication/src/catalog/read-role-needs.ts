import type { Session } from '../session/session.ts';

/** A role that owns objects of a schema, or outside of schemas. */
interface Ownership {
  role: string;
  /** Null: outside of schemas. */
  schema: string | null;
  /** One of them, for people. */
  example: string;
}

/** What roles a database names, and what for. Unquoted. */
export interface RoleNeeds {
  owners: Ownership[];
  /** Whose default privileges were altered. */
  defaultPrivileges: string[];
  /** Who is granted something. */
  granted: string[];
  /** Who has granted something that is not his own. */
  grantors: string[];
  /** Whom policies and user mappings are for. */
  named: string[];
  /** The database's owner, and whom its own grants and settings are for. */
  ofDatabase: string[];
}

/**
 * What initdb brought and what belongs to an extension is not asked about, as it is not copied. The bootstrap
 * superuser's objects and grants are in no dependency catalogue: hence owners are read from the objects themselves.
 *
 * @param session a pipelined one
 *
 * https://www.postgresql.org/docs/current/catalog-pg-shdepend.html
 */
export async function readRoleNeeds(session: Session): Promise<RoleNeeds> {
  const [owners, lists] = await Promise.all([
    session.query<Ownership & Record<string, unknown>>('list owners', OWNERS),
    session.queryOne<Omit<RoleNeeds, 'owners'> & Record<string, string[]>>('list whom it grants to', LISTS),
  ]);
  return { owners, ...lists };
}

/** Of pg_class, types of rows of tables and array types aside: their owners are those of their tables and elements. */
const OWNERS = `
  WITH schemas AS (
    SELECT oid, nspname, nspowner FROM pg_catalog.pg_namespace
    WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'),
  objects(owner, class, oid, schema, kind, name) AS (
    SELECT relowner, 'pg_catalog.pg_class'::regclass, oid, relnamespace,
           CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                        WHEN 'f' THEN 'foreign table' ELSE 'table' END, relname::text
    FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND relpersistence <> 't'
    UNION ALL SELECT proowner, 'pg_catalog.pg_proc'::regclass, oid, pronamespace, 'function', proname FROM pg_catalog.pg_proc
    UNION ALL SELECT typowner, 'pg_catalog.pg_type'::regclass, oid, typnamespace, 'type', typname FROM pg_catalog.pg_type
              WHERE typcategory <> 'A' AND (typrelid = 0 OR typrelid IN (SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'c'))
    UNION ALL SELECT oprowner, 'pg_catalog.pg_operator'::regclass, oid, oprnamespace, 'operator', oprname FROM pg_catalog.pg_operator
    UNION ALL SELECT opcowner, 'pg_catalog.pg_opclass'::regclass, oid, opcnamespace, 'operator class', opcname FROM pg_catalog.pg_opclass
    UNION ALL SELECT opfowner, 'pg_catalog.pg_opfamily'::regclass, oid, opfnamespace, 'operator family', opfname FROM pg_catalog.pg_opfamily
    UNION ALL SELECT collowner, 'pg_catalog.pg_collation'::regclass, oid, collnamespace, 'collation', collname FROM pg_catalog.pg_collation
    UNION ALL SELECT conowner, 'pg_catalog.pg_conversion'::regclass, oid, connamespace, 'conversion', conname FROM pg_catalog.pg_conversion
    UNION ALL SELECT stxowner, 'pg_catalog.pg_statistic_ext'::regclass, oid, stxnamespace, 'statistics', stxname FROM pg_catalog.pg_statistic_ext
    UNION ALL SELECT dictowner, 'pg_catalog.pg_ts_dict'::regclass, oid, dictnamespace, 'text search dictionary', dictname FROM pg_catalog.pg_ts_dict
    UNION ALL SELECT cfgowner, 'pg_catalog.pg_ts_config'::regclass, oid, cfgnamespace, 'text search configuration', cfgname FROM pg_catalog.pg_ts_config
    UNION ALL SELECT nspowner, 'pg_catalog.pg_namespace'::regclass, oid, NULL, 'schema', nspname
              -- The schema "public" as initdb made it is nobody's in particular.
              FROM schemas WHERE nspname <> 'public' OR nspowner >= 16384
    UNION ALL SELECT srvowner, 'pg_catalog.pg_foreign_server'::regclass, oid, NULL, 'server', srvname FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT fdwowner, 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid, NULL, 'foreign data wrapper', fdwname FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT lanowner, 'pg_catalog.pg_language'::regclass, oid, NULL, 'language', lanname FROM pg_catalog.pg_language
    UNION ALL SELECT pubowner, 'pg_catalog.pg_publication'::regclass, oid, NULL, 'publication', pubname FROM pg_catalog.pg_publication
    UNION ALL SELECT lomowner, 'pg_catalog.pg_largeobject'::regclass, oid, NULL, 'large object', oid::text FROM pg_catalog.pg_largeobject_metadata)
  SELECT pg_catalog.pg_get_userbyid(o.owner)::text AS role, s.nspname::text AS schema,
         pg_catalog.min(pg_catalog.concat(o.kind, ' ', s.nspname || '.', o.name)) AS example
  FROM objects AS o LEFT JOIN schemas AS s ON s.oid = o.schema
  WHERE (o.schema IS NULL OR s.oid IS NOT NULL)
    AND (o.oid >= 16384 OR o.kind IN ('large object', 'schema'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
  GROUP BY o.owner, s.nspname
  ORDER BY 1, 2`;

const LISTS = `
  WITH database AS (SELECT * FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()),
  acls(owner, acl) AS (
    SELECT relowner, relacl FROM pg_catalog.pg_class WHERE oid >= 16384
    UNION ALL SELECT c.relowner, a.attacl FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
              WHERE a.attrelid >= 16384 AND a.attacl IS NOT NULL
    UNION ALL SELECT proowner, proacl FROM pg_catalog.pg_proc WHERE oid >= 16384
    UNION ALL SELECT typowner, typacl FROM pg_catalog.pg_type WHERE oid >= 16384
    UNION ALL SELECT nspowner, nspacl FROM pg_catalog.pg_namespace WHERE oid >= 16384
    UNION ALL SELECT lanowner, lanacl FROM pg_catalog.pg_language WHERE oid >= 16384
    UNION ALL SELECT fdwowner, fdwacl FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT srvowner, srvacl FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT lomowner, lomacl FROM pg_catalog.pg_largeobject_metadata WHERE lomacl IS NOT NULL
    UNION ALL SELECT defaclrole, defaclacl FROM pg_catalog.pg_default_acl),
  foreign_grants AS (
    SELECT item.grantor, item.grantee, owner FROM acls CROSS JOIN LATERAL pg_catalog.aclexplode(acl) AS item
    WHERE item.grantee <> owner),
  -- The bootstrap superuser is not in pg_shdepend.
  granted(oid) AS (
    SELECT refobjid FROM pg_catalog.pg_shdepend
    WHERE dbid = (SELECT oid FROM database) AND refclassid = 'pg_catalog.pg_authid'::regclass AND deptype = 'a'
    UNION SELECT grantee FROM foreign_grants WHERE grantee = 10),
  named(oid) AS (
    SELECT pg_catalog.unnest(polroles) FROM pg_catalog.pg_policy
    UNION SELECT umuser FROM pg_catalog.pg_user_mappings),
  of_database(oid) AS (
    SELECT datdba FROM database
    UNION SELECT item.grantee FROM database CROSS JOIN LATERAL pg_catalog.aclexplode(datacl) AS item
    UNION SELECT setrole FROM pg_catalog.pg_db_role_setting WHERE setdatabase = (SELECT oid FROM database))
  SELECT ${namesOf('SELECT defaclrole FROM pg_catalog.pg_default_acl')} AS "defaultPrivileges",
         ${namesOf('SELECT oid FROM granted')} AS granted,
         ${namesOf('SELECT grantor FROM foreign_grants WHERE grantor <> owner')} AS grantors,
         ${namesOf('SELECT oid FROM named')} AS named,
         ${namesOf('SELECT oid FROM of_database')} AS "ofDatabase"`;

function namesOf(oids: string): string {
  return `ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles WHERE oid IN (${oids}) ORDER BY rolname)`;
}
