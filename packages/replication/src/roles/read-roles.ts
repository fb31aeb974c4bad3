import type { Session } from '../session/session.ts';
import type { Membership, Role, Roles } from './role.ts';

const FIRST_WITH_GRANT_OPTIONS = 160_000;

/**
 * All roles of a server but PostgreSQL's own, and who is a member of which. Passwords are not among it.
 *
 * @param session a pipelined one
 *
 * https://www.postgresql.org/docs/current/view-pg-roles.html
 */
export async function readRoles(session: Session, versionNum: number): Promise<Roles> {
  const [roles, memberships] = await Promise.all([listRoles(session), listMemberships(session, versionNum)]);
  return { roles, memberships };
}

async function listRoles(session: Session): Promise<Role[]> {
  return session.query<Role & Record<string, unknown>>(
    'list roles',
    `SELECT rolname::text AS name, rolsuper AS "isSuperuser", rolinherit AS inherits, rolcreaterole AS "createsRoles",
            rolcreatedb AS "createsDatabases", rolcanlogin AS "logsIn", rolreplication AS replicates,
            rolbypassrls AS "bypassesRowSecurity", rolconnlimit AS "connectionLimit",
            rolvaliduntil::text AS "validUntil", coalesce(rolconfig, '{}') AS settings,
            pg_catalog.shobj_description(oid, 'pg_authid') AS comment,
            coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('provider', provider, 'label', label))
                      FROM pg_catalog.pg_shseclabel
                      WHERE objoid = r.oid AND classoid = 'pg_catalog.pg_authid'::regclass), '[]') AS labels
     FROM pg_catalog.pg_roles AS r
     WHERE rolname !~ '^pg_'
     ORDER BY rolname`,
  );
}

/** Before 16 it was the member that inherited or did not, from all of its roles alike; and whoever was a member could SET ROLE. */
async function listMemberships(session: Session, versionNum: number): Promise<Membership[]> {
  const options =
    versionNum >= FIRST_WITH_GRANT_OPTIONS
      ? 'pg_catalog.bool_or(m.inherit_option) AS inherits, pg_catalog.bool_or(m.set_option) AS sets'
      : 'pg_catalog.bool_or(u.rolinherit) AS inherits, true AS sets';
  return session.query<Membership & Record<string, unknown>>(
    'list memberships',
    `SELECT r.rolname::text AS role, u.rolname::text AS member, pg_catalog.bool_or(m.admin_option) AS "isAdmin", ${options}
     FROM pg_catalog.pg_auth_members AS m
     JOIN pg_catalog.pg_roles AS r ON r.oid = m.roleid
     JOIN pg_catalog.pg_roles AS u ON u.oid = m.member
     GROUP BY r.rolname, u.rolname
     ORDER BY r.rolname, u.rolname`,
  );
}
