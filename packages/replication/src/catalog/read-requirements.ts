import type { Session } from '../session/session.ts';

/** What a database needs from the server it is restored on. */
export interface Requirements {
  /** Roles that own something or are granted something. */
  roles: string[];
  extensions: string[];
  /** Tablespaces other than the defaults. */
  tablespaces: string[];
}

export async function readRequirements(session: Session): Promise<Requirements> {
  return session.queryOne<Requirements & Record<string, string[]>>(
    'list what it needs',
    `SELECT
       ARRAY(SELECT DISTINCT r.rolname::text
             FROM pg_catalog.pg_shdepend AS d
             JOIN pg_catalog.pg_roles AS r ON r.oid = d.refobjid
             JOIN pg_catalog.pg_database AS b ON b.oid = d.dbid
             WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND b.datname = pg_catalog.current_database()
             ORDER BY 1) AS roles,
       ARRAY(SELECT extname::text FROM pg_catalog.pg_extension ORDER BY 1) AS extensions,
       ARRAY(SELECT DISTINCT t.spcname::text
             FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
             WHERE t.spcname NOT IN ('pg_default', 'pg_global') ORDER BY 1) AS tablespaces`,
  );
}

/** Those of the wanted roles, extensions and tablespaces that a server does not have. */
export async function findMissing(
  session: Session,
  wanted: Requirements,
): Promise<{ roles: string[]; extensions: string[]; tablespaces: string[] }> {
  return session.queryOne<{ roles: string[]; extensions: string[]; tablespaces: string[] }>(
    'tell what it offers',
    `SELECT
       ARRAY(SELECT name FROM unnest($1::text[]) AS name EXCEPT SELECT rolname FROM pg_catalog.pg_roles ORDER BY 1) AS roles,
       ARRAY(SELECT name FROM unnest($2::text[]) AS name
             EXCEPT SELECT name FROM pg_catalog.pg_available_extensions ORDER BY 1) AS extensions,
       ARRAY(SELECT name FROM unnest($3::text[]) AS name
             EXCEPT SELECT spcname FROM pg_catalog.pg_tablespace ORDER BY 1) AS tablespaces`,
    [wanted.roles, wanted.extensions, wanted.tablespaces],
  );
}
