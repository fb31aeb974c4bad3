import pg from 'pg';
import { SYNC_NAME_PATTERN } from '../sync/sync-names.ts';
import { askOne, askSample } from './ask.ts';

export interface TargetPrivileges {
  may_create: boolean;
  may_drop: boolean;
  may_use_temp: boolean;
}

export interface DatabaseSession {
  pid: number;
  user: string | null;
  application: string | null;
}

/** Of a target, on the database that is to be filled. */
export const targetQuestions = {
  privileges: askOne<TargetPrivileges>(`
    SELECT pg_catalog.has_database_privilege(d.oid, 'CREATE') AS may_create,
           pg_catalog.has_database_privilege(d.oid, 'TEMPORARY') AS may_use_temp,
           pg_catalog.pg_has_role(d.datdba, 'USAGE') AS may_drop
    FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()`),
  /** Those that would fire on what a copy creates. */
  eventTriggers: askSample<{ name: string }>(`
    SELECT evtname AS name FROM pg_catalog.pg_event_trigger WHERE evtenabled IN ('O', 'A') ORDER BY 1`),
  /** Who else is connected, continuous sync aside: of what kind, a role without privileges is not told, but those of the server have no user. */
  otherSessions: askSample<DatabaseSession>(`
    SELECT pid, usename AS "user", nullif(application_name, '') AS application
    FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND usesysid IS NOT NULL
      AND application_name NOT LIKE 'seren-replicator%'
      AND pid NOT IN (SELECT s.pid FROM pg_catalog.pg_stat_subscription AS s
                      WHERE s.pid IS NOT NULL AND s.subname ~ ${pg.escapeLiteral(SYNC_NAME_PATTERN)})
    ORDER BY pid`),
};
