/** The setting of a database that makes its new sessions read-only. */
import pg from 'pg';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { withWritingSession } from '../sync/with-writing-session.ts';

export interface ReadOnlySetting {
  /** Of the database itself, as it was written; null without one. */
  value: string | null;
  /** The server's clock, as text. */
  now: string;
}

export async function readReadOnlySetting(session: Session): Promise<ReadOnlySetting> {
  return session.queryOne<ReadOnlySetting & Record<string, unknown>>(
    'read the settings of its database',
    `SELECT (SELECT pg_catalog.split_part(c.setting, '=', 2)
             FROM pg_catalog.pg_db_role_setting AS s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(setting)
             WHERE s.setrole = 0 AND s.setdatabase = d.oid
               AND pg_catalog.split_part(c.setting, '=', 1) = 'default_transaction_read_only') AS value,
            pg_catalog.clock_timestamp()::text AS now
     FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()`,
  );
}

/** The statement that gives a database a setting, or takes its own away. */
export function readOnlyStatement(database: string, value: string | null): string {
  const alter = `ALTER DATABASE ${pg.escapeIdentifier(database)}`;
  return value === null
    ? `${alter} RESET default_transaction_read_only`
    : `${alter} SET default_transaction_read_only = ${pg.escapeLiteral(value)}`;
}

/** Sessions that begin after this resolves have the setting; those that are open keep what they have. */
export async function setReadOnly(server: Server, value: string | null): Promise<void> {
  await withWritingSession(server, (session) =>
    session.execute(
      value === 'on' ? 'make its database read-only' : 'make its database writable again',
      readOnlyStatement(server.database, value),
    ),
  );
}
