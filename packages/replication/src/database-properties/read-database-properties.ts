import { aclAsJson, type AclItem } from '../grants/acl.ts';
import type { Session } from '../session/session.ts';

/** What a database has besides what it was created with and what is in it. Names are unquoted. */
export interface DatabaseProperties {
  owner: string;
  /** -1: as many as there are. */
  connectionLimit: number;
  /** Null: as a new database's, where everybody may connect and use temporary tables. */
  acl: AclItem[] | null;
  comment: string | null;
  labels: { provider: string; label: string }[];
  /** Defaults of sessions, `name=value`: of everybody's where `role` is null. */
  settings: { role: string | null; settings: string[] }[];
}

/** Those of the database that the session is connected to. */
export async function readDatabaseProperties(session: Session): Promise<DatabaseProperties> {
  return session.queryOne<DatabaseProperties & Record<string, unknown>>(
    'read properties of the database',
    `SELECT pg_catalog.pg_get_userbyid(d.datdba)::text AS owner, d.datconnlimit AS "connectionLimit",
            CASE WHEN d.datacl IS NOT NULL THEN coalesce(${aclAsJson('d.datacl')}, '[]') END AS acl,
            pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
            coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('provider', provider, 'label', label))
                      FROM pg_catalog.pg_shseclabel
                      WHERE objoid = d.oid AND classoid = 'pg_catalog.pg_database'::regclass), '[]') AS labels,
            coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                               'role', r.rolname, 'settings', s.setconfig) ORDER BY r.rolname)
                      FROM pg_catalog.pg_db_role_setting AS s
                      LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
                      WHERE s.setdatabase = d.oid), '[]') AS settings
     FROM pg_catalog.pg_database AS d
     WHERE d.datname = pg_catalog.current_database()`,
  );
}
