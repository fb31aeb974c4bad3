/**
 * What a schema can hold that not every major version knows: lists for `versionQuestions`, which reads them under
 * the tables of `USER_RELATIONS`.
 */

export interface Feature {
  name: string;
  /** A query of one column, `name`. */
  sql: string;
}

export interface NewFeature extends Feature {
  /** The first major version that knows it. */
  since: number;
}

const TABLE_NAME = `r.schema || '.' || r.name`;
const TABLES = '(SELECT * FROM relations WHERE is_in_scope) AS r';
const COLUMNS = `${TABLES} JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND NOT a.attisdropped`;
const CONSTRAINT_NAME = `${TABLE_NAME} || ' ' || k.conname`;
const CONSTRAINTS = `${TABLES} JOIN pg_catalog.pg_constraint AS k ON k.conrelid = r.oid`;

function notOfExtension(catalogue: string): string {
  return `oid >= 16384 AND oid NOT IN (SELECT objid FROM pg_catalog.pg_depend
          WHERE classid = 'pg_catalog.${catalogue}'::regclass AND deptype = 'e')`;
}

/**
 * What a schema can hold that an older server refuses, beyond functions and syntax inside of definitions.
 * Each from the release notes' section E.x.3: https://www.postgresql.org/docs/release/
 */
export const newFeatures: readonly NewFeature[] = [
  {
    since: 14,
    name: 'functions with a body in standard SQL',
    sql: `SELECT oid::regprocedure::text AS name FROM pg_catalog.pg_proc 
          WHERE prosqlbody IS NOT NULL AND ${notOfExtension('pg_proc')}`,
  },
  {
    since: 14,
    name: 'column compression methods',
    sql: `SELECT ${TABLE_NAME} AS name FROM ${COLUMNS}
          WHERE a.attcompression <> ''`,
  },
  {
    since: 14,
    name: 'statistics on expressions',
    sql: `SELECT stxname::text AS name FROM pg_catalog.pg_statistic_ext WHERE stxexprs IS NOT NULL`,
  },
  {
    since: 15,
    name: 'unique NULLS NOT DISTINCT',
    sql: `SELECT i.indexrelid::regclass::text AS name FROM ${TABLES}
          JOIN pg_catalog.pg_index AS i ON i.indrelid = r.oid WHERE i.indnullsnotdistinct`,
  },
  {
    since: 15,
    name: 'views with security_invoker',
    sql: `SELECT oid::regclass::text AS name FROM pg_catalog.pg_class
          WHERE relkind = 'v' AND pg_catalog.array_to_string(reloptions, ',') LIKE '%security_invoker%'
            AND ${notOfExtension('pg_class')}`,
  },
  {
    since: 15,
    name: 'foreign keys that set single columns to NULL',
    sql: `SELECT ${CONSTRAINT_NAME} AS name FROM ${CONSTRAINTS} WHERE k.confdelsetcols IS NOT NULL`,
  },
  {
    since: 15,
    name: 'unlogged sequences',
    sql: `SELECT ${TABLE_NAME} AS name FROM ${TABLES} WHERE r.relkind = 'S' AND r.relpersistence = 'u'`,
  },
  {
    since: 15,
    name: 'publications of schemas, columns or rows',
    sql: `SELECT p.pubname::text AS name FROM pg_catalog.pg_publication AS p
          WHERE EXISTS (SELECT FROM pg_catalog.pg_publication_namespace AS n WHERE n.pnpubid = p.oid)
             OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel AS t
                        WHERE t.prpubid = p.oid AND (t.prqual IS NOT NULL OR t.prattrs IS NOT NULL))`,
  },
  {
    since: 16,
    name: 'collations with rules of their own',
    sql: `SELECT collname::text AS name FROM pg_catalog.pg_collation WHERE collicurules IS NOT NULL`,
  },
  {
    since: 17,
    name: 'collations of the builtin provider',
    sql: `SELECT c.collname::text AS name FROM pg_catalog.pg_collation AS c WHERE c.collprovider = 'b'
          AND (c.oid >= 16384 OR c.oid IN (SELECT attcollation FROM pg_catalog.pg_attribute WHERE attrelid >= 16384))`,
  },
  {
    since: 17,
    name: 'grants of MAINTAIN without all else',
    // pg_dump writes all privileges together as ALL, which older servers understand.
    sql: `SELECT ${TABLE_NAME} AS name FROM ${TABLES} JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
          WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) AS g WHERE g.grantee <> c.relowner
                        GROUP BY g.grantee, g.grantor, g.is_grantable
                        HAVING pg_catalog.bool_or(g.privilege_type = 'MAINTAIN') AND pg_catalog.count(*) < 8)`,
  },
  {
    since: 17,
    name: 'identity columns of partitioned tables',
    sql: `SELECT ${TABLE_NAME} AS name FROM ${COLUMNS}
          WHERE r.relkind = 'p' AND a.attidentity <> ''`,
  },
  {
    since: 17,
    name: 'exclusion constraints of partitioned tables',
    sql: `SELECT ${CONSTRAINT_NAME} AS name FROM ${CONSTRAINTS} WHERE r.relkind = 'p' AND k.contype = 'x'`,
  },
  {
    since: 18,
    name: 'virtual generated columns',
    sql: `SELECT ${TABLE_NAME} AS name FROM ${COLUMNS}
          WHERE a.attgenerated = 'v'`,
  },
  {
    since: 18,
    name: 'constraints that are not enforced',
    sql: `SELECT ${CONSTRAINT_NAME} AS name FROM ${CONSTRAINTS} WHERE NOT k.conenforced`,
  },
  {
    since: 18,
    name: 'keys over periods (WITHOUT OVERLAPS, PERIOD)',
    sql: `SELECT ${CONSTRAINT_NAME} AS name FROM ${CONSTRAINTS} WHERE k.conperiod`,
  },
  {
    since: 18,
    name: 'NOT NULL constraints that are not valid',
    sql: `SELECT ${CONSTRAINT_NAME} AS name FROM ${CONSTRAINTS}
          WHERE k.contype = 'n' AND NOT k.convalidated`,
  },
];

/**
 * What 14 took away: pg_upgrade looks for the same (check.c). Users' aggregates and operators over array functions
 * name `anyarray`, which has become `anycompatiblearray` there.
 */
export const featuresUntil14: readonly Feature[] = [
  {
    name: 'postfix operators',
    sql: `SELECT oid::regoperator::text AS name FROM pg_catalog.pg_operator 
          WHERE oprright = 0 AND ${notOfExtension('pg_operator')}`,
  },
  {
    name: 'conversions between encodings',
    sql: `SELECT conname::text AS name FROM pg_catalog.pg_conversion WHERE ${notOfExtension('pg_conversion')}`,
  },
  {
    name: 'aggregates over the array functions of anyarray',
    sql: `SELECT a.aggfnoid::regprocedure::text AS name FROM pg_catalog.pg_aggregate AS a
          WHERE a.aggfnoid >= 16384 AND a.aggtransfn IN (SELECT oid FROM pg_catalog.pg_proc
                WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN ('array_append', 'array_prepend', 'array_cat'))`,
  },
];

/** What 16 took away: 15 lets it be created, and its pg_dump writes what 16 refuses. */
export const featuresUntil16: readonly Feature[] = [
  {
    name: 'generated columns of children whose parents do not generate them',
    sql: `SELECT DISTINCT ${TABLE_NAME} || ' ' || a.attname AS name FROM ${COLUMNS}
          JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = r.oid
          JOIN pg_catalog.pg_attribute AS p ON p.attrelid = h.inhparent AND p.attname = a.attname AND NOT p.attisdropped
          WHERE a.attgenerated <> '' AND p.attgenerated = ''`,
  },
];
