/** What about the source, and about the role that is used there, would be in a cutover's way. Reads only. */
import { ask, askAll, askOne } from '../catalog/ask.ts';
import type { Session } from '../session/session.ts';
import { IS_OTHER_CLIENT } from './end-client-sessions.ts';

export interface SourceStanding {
  rights: {
    /** Whether this role may change the database's settings. */
    may_alter: boolean;
    /** Whether it may see what other roles' sessions do. */
    sees_all: boolean;
    role: string;
  };
  /** Roles whose own settings win over the database's, and let them write. */
  exempt: { role: string; database: string | null }[];
  /** Sessions that this role may not end. */
  foreign: { pid: number; user: string }[];
  /** Subscriptions by which the source itself follows another database. */
  subscriptions: { name: string }[];
}

/** What PostgreSQL takes for yes. */
const MEANS_ON = "('on', 'true', 'yes', '1', 'tru', 'tr', 't', 'ye', 'y')";

const questions = {
  rights: askOne<SourceStanding['rights']>(`
    SELECT pg_catalog.pg_has_role(d.datdba, 'USAGE') AS may_alter,
           pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_all, current_user::text AS role
    FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()`),
  exempt: askAll<SourceStanding['exempt'][number]>(`
    SELECT r.rolname AS role, d.datname AS database
    FROM pg_catalog.pg_db_role_setting AS s
    JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole AND r.rolcanlogin
    LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
    CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(setting)
    WHERE (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
      AND pg_catalog.split_part(c.setting, '=', 1) = 'default_transaction_read_only'
      AND pg_catalog.lower(pg_catalog.split_part(c.setting, '=', 2)) NOT IN ${MEANS_ON}
    ORDER BY 1, 2`),
  foreign: askAll<SourceStanding['foreign'][number]>(`
    SELECT a.pid, a.usename AS user
    FROM pg_catalog.pg_stat_activity AS a
    JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
    JOIN pg_catalog.pg_roles AS me ON me.rolname = current_user
    WHERE ${IS_OTHER_CLIENT} AND NOT me.rolsuper
      AND (r.rolsuper OR NOT (pg_catalog.pg_has_role(r.oid, 'USAGE')
                              OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))
    ORDER BY a.pid`),
  subscriptions: askAll<SourceStanding['subscriptions'][number]>(`
    SELECT s.subname AS name FROM pg_catalog.pg_subscription AS s
    JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
    WHERE s.subenabled ORDER BY 1`),
};

export async function readSourceStanding(source: Session): Promise<SourceStanding> {
  return ask(source, 'look for what is in the way of a cutover', { questions });
}
