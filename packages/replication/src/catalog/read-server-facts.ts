import type { Session } from '../session/session.ts';

export interface ServerFacts {
  /** As `server_version_num`: 170010 is 17.10. */
  versionNum: number;
  /** As people read it: `17.10`. */
  version: string;
  /** Of the database connected to. */
  encoding: string;
  /** From pg_control_system(); null when the server does not tell this role. */
  systemIdentifier: string | null;
  databaseOid: number;
  /** The role that statements run as. */
  role: string;
  isSuperuser: boolean;
  /** May open replication connections. */
  canReplicate: boolean;
  canCreateSubscription: boolean;
  canCreateDatabase: boolean;
  bypassesRowSecurity: boolean;
  isStandby: boolean;
  databaseBytes: number;
  /** Connections that this role may still open. */
  connectionsLeft: number;
}

/**
 * The least of what the server, the role and the database have left. Others' sessions are counted by the statistics
 * of the databases: pg_stat_activity does not tell an ordinary role which of its rows are clients.
 *
 * https://www.postgresql.org/docs/current/runtime-config-connection.html
 */
const CONNECTIONS_LEFT = `
  least(
    pg_catalog.current_setting('max_connections')::int
      - CASE WHEN r.rolsuper THEN 0
             ELSE pg_catalog.current_setting('superuser_reserved_connections')::int
                + coalesce(nullif(pg_catalog.current_setting('reserved_connections', true), ''), '0')::int END
      - (SELECT coalesce(pg_catalog.sum(numbackends), 0)::int FROM pg_catalog.pg_stat_database WHERE datid <> 0),
    CASE WHEN NOT r.rolsuper AND r.rolconnlimit >= 0
         THEN r.rolconnlimit - (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity
                                WHERE usename = current_user) END,
    CASE WHEN NOT r.rolsuper AND d.datconnlimit >= 0
         THEN d.datconnlimit - (SELECT numbackends FROM pg_catalog.pg_stat_database WHERE datid = d.oid) END)`;

export async function readServerFacts(session: Session): Promise<ServerFacts> {
  const row = await session.queryOne<Record<string, string | number | boolean>>(
    'describe itself',
    `SELECT pg_catalog.current_setting('server_version_num')::int AS version_num,
            pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) AS version,
            pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
            d.oid::int8::text AS database_oid,
            r.rolname::text AS role,
            r.rolsuper AS is_superuser,
            r.rolsuper OR r.rolreplication OR EXISTS (
              SELECT FROM pg_catalog.pg_roles AS m
              WHERE m.rolname = 'rds_replication' AND pg_catalog.pg_has_role(m.oid, 'USAGE')) AS can_replicate,
            r.rolsuper OR EXISTS (
              SELECT FROM pg_catalog.pg_roles AS m
              WHERE m.rolname = 'pg_create_subscription' AND pg_catalog.pg_has_role(m.oid, 'USAGE')
            ) AS can_create_subscription,
            r.rolsuper OR r.rolcreatedb AS can_create_database,
            r.rolsuper OR r.rolbypassrls AS bypasses_row_security,
            pg_catalog.pg_is_in_recovery() AS is_standby,
            pg_catalog.pg_database_size(d.oid)::text AS database_bytes,
            ${CONNECTIONS_LEFT} AS connections_left,
            -- Some managed services keep the function from their users.
            pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS knows_identifier
     FROM pg_catalog.pg_database AS d
     CROSS JOIN pg_catalog.pg_roles AS r
     WHERE d.datname = pg_catalog.current_database() AND r.rolname = current_user`,
  );
  return {
    versionNum: Number(row['version_num']),
    version: String(row['version']),
    encoding: String(row['encoding']),
    systemIdentifier: row['knows_identifier'] === true ? await readSystemIdentifier(session) : null,
    databaseOid: Number(row['database_oid']),
    role: String(row['role']),
    isSuperuser: row['is_superuser'] === true,
    canReplicate: row['can_replicate'] === true,
    canCreateSubscription: row['can_create_subscription'] === true,
    canCreateDatabase: row['can_create_database'] === true,
    bypassesRowSecurity: row['bypasses_row_security'] === true,
    isStandby: row['is_standby'] === true,
    databaseBytes: Number(row['database_bytes']),
    connectionsLeft: Number(row['connections_left']),
  };
}

async function readSystemIdentifier(session: Session): Promise<string> {
  const { id } = await session.queryOne<{ id: string }>(
    'tell its system identifier',
    'SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()',
  );
  return id;
}
