import type { Session } from '../session/session.ts';

/** What a database needs from the server it is restored on. */
export interface Requirements {
  extensions: string[];
  /** Tablespaces other than the defaults. */
  tablespaces: string[];
}

export async function readRequirements(session: Session): Promise<Requirements> {
  return session.queryOne<Requirements & Record<string, string[]>>(
    'list what it needs',
    `SELECT
       ARRAY(SELECT extname::text FROM pg_catalog.pg_extension ORDER BY 1) AS extensions,
       ARRAY(SELECT DISTINCT t.spcname::text
             FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
             WHERE t.spcname NOT IN ('pg_default', 'pg_global') ORDER BY 1) AS tablespaces`,
  );
}

export interface Missing {
  extensions: string[];
  /** Of the extensions that are there: those that only a superuser can create. */
  untrustedExtensions: string[];
  tablespaces: string[];
}

const FIRST_WITH_TRUSTED_EXTENSIONS = 130_000;

/** Those of the wanted extensions and tablespaces that a server does not have. */
export async function findMissing(
  session: Session,
  wanted: Requirements,
  versionNum: number,
): Promise<Missing> {
  const isTrusted = versionNum >= FIRST_WITH_TRUSTED_EXTENSIONS ? 'v.trusted' : 'false';
  return session.queryOne<Missing & Record<string, string[]>>(
    'tell what it offers',
    `SELECT
       ARRAY(SELECT name FROM unnest($1::text[]) AS name
             EXCEPT SELECT name FROM pg_catalog.pg_available_extensions ORDER BY 1) AS extensions,
       ARRAY(SELECT e.name::text
             FROM pg_catalog.pg_available_extensions AS e
             JOIN pg_catalog.pg_available_extension_versions AS v ON v.name = e.name AND v.version = e.default_version
             WHERE e.name = ANY($1) AND v.superuser AND NOT ${isTrusted} ORDER BY 1) AS "untrustedExtensions",
       ARRAY(SELECT name FROM unnest($2::text[]) AS name
             EXCEPT SELECT spcname FROM pg_catalog.pg_tablespace ORDER BY 1) AS tablespaces`,
    [wanted.extensions, wanted.tablespaces],
  );
}
