import type { Session } from '../session/session.ts';
import { belongsToProvider } from './role.ts';

/** What the role that a copy is made as finds on the target, and may do there. Names are unquoted. */
export interface TargetRoles {
  /** The role itself. */
  self: string;
  isSuperuser: boolean;
  createsRoles: boolean;
  names: string[];
  /** Of the roles asked for: those that are there and that it cannot act for. */
  outOfReach: string[];
  /** A hosted service, whose own rules on privileges the catalogues do not tell. */
  isHosted: boolean;
  /** What it may do in the schema "public" of a database that is there; null where there is none yet. */
  publicSchema: PublicSchema | null;
}

interface PublicSchema {
  mayCreate: boolean;
  /** May let others create. */
  mayGrant: boolean;
  /** Of the roles asked for: those that may not create there. */
  keptOut: string[];
}

export interface ReadTargetRolesInput {
  versionNum: number;
  /** The session is on the target database itself. */
  isOnDatabase: boolean;
  /** The roles that it has to act for. */
  principals: readonly string[];
}

const FIRST_WITH_GRANT_OPTIONS = 160_000;

/**
 * To give an object to a role one must be able to SET ROLE to it; to go on working with the object, one must have its
 * privileges. The role itself, if it is no superuser's, must be allowed to create in the object's schema.
 *
 * @param session a pipelined one
 *
 * https://www.postgresql.org/docs/current/sql-altertable.html (Notes on OWNER)
 */
export async function readTargetRoles(session: Session, input: ReadTargetRolesInput): Promise<TargetRoles> {
  const [{ superusers, ...roles }, publicSchema] = await Promise.all([
    readReach(session, input),
    input.isOnDatabase ? readPublicSchema(session, input.principals) : null,
  ]);
  return { ...roles, isHosted: superusers.some(belongsToProvider), publicSchema };
}

interface Reach extends Omit<TargetRoles, 'isHosted' | 'publicSchema'>, Record<string, unknown> {
  superusers: string[];
}

async function readReach(session: Session, input: ReadTargetRolesInput): Promise<Reach> {
  const toSetRole = input.versionNum >= FIRST_WITH_GRANT_OPTIONS ? 'SET' : 'MEMBER';
  return session.queryOne<Reach>(
    'list roles',
    `SELECT current_user::text AS self, r.rolsuper AS "isSuperuser", r.rolsuper OR r.rolcreaterole AS "createsRoles",
            ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles ORDER BY rolname) AS names,
            ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolsuper) AS superusers,
            ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles
                  WHERE rolname = ANY($1)
                    AND NOT (pg_catalog.pg_has_role(oid, '${toSetRole}') AND pg_catalog.pg_has_role(oid, 'USAGE'))
                  ORDER BY rolname) AS "outOfReach"
     FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user`,
    [input.principals],
  );
}

/** Roles that are not there yet may do what everybody may. */
async function readPublicSchema(
  session: Session,
  principals: readonly string[],
): Promise<PublicSchema | null> {
  const [row] = await session.query<PublicSchema & Record<string, unknown>>(
    'check privileges on the schema public',
    `SELECT pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS "mayCreate",
            pg_catalog.has_schema_privilege(n.oid, 'CREATE WITH GRANT OPTION') AS "mayGrant",
            ARRAY(SELECT name FROM unnest($1::text[]) AS name LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = name
                  WHERE NOT pg_catalog.has_schema_privilege(coalesce(r.rolname, 'public'), n.oid, 'CREATE')
                  ORDER BY name) AS "keptOut"
     FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'public'`,
    [principals],
  );
  return row ?? null;
}
