/** Everything that the checks look at, read from both servers at once. Changes nothing. */
import { ReplicatorError } from '@seren-replicator/job-models';
import { listAccessProblems, type AccessProblem } from '../catalog/list-access-problems.ts';
import { listForcedTables } from '../catalog/list-forced-tables.ts';
import { listSuperuserObjects, type SuperuserObject } from '../catalog/list-superuser-objects.ts';
import { listUserObjects } from '../catalog/list-user-objects.ts';
import {
  findMissing,
  readRequirements,
  type Missing,
  type Requirements,
} from '../catalog/read-requirements.ts';
import { readRoleNeeds, type RoleNeeds } from '../catalog/read-role-needs.ts';
import { openMaintenanceSession, readServerFacts, type ServerFacts } from '../catalog/read-server-facts.ts';
import { findCheckpoint, type FoundCheckpoint } from '../checkpoint/find-checkpoint.ts';
import { readObjectAccess, type ObjectAccess } from '../large-objects/read-object-access.ts';
import { readRoles } from '../roles/read-roles.ts';
import { readTargetRoles, type TargetRoles } from '../roles/read-target-roles.ts';
import type { Roles } from '../roles/role.ts';
import { isInScope, type TableRules } from '../scope/resolve-rules.ts';
import type { Server, Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { isSameDatabase } from '../target/is-same-database.ts';

export interface SourceFacts {
  server: ServerFacts;
  accessProblems: AccessProblem[];
  requirements: Requirements;
  largeObjects: ObjectAccess;
  roles: Roles;
  roleNeeds: RoleNeeds;
  superuserObjects: SuperuserObject[];
  /** Names of tables in scope whose row security applies to their owners too. */
  forcedTables: string[];
}

export interface TargetFacts {
  server: ServerFacts;
  /** When false, `server` describes a maintenance database. */
  hasDatabase: boolean;
  mayCreateInDatabase: boolean;
  mayCreateTemporaryTables: boolean;
  mayDropDatabase: boolean;
  userObjects: string[];
  /** What an unfinished run has left behind. */
  checkpoint: FoundCheckpoint | null;
  missing: Missing;
  installedExtensions: string[];
  roles: TargetRoles;
}

export interface Facts {
  source: SourceFacts;
  target: TargetFacts;
  isSameDatabase: boolean;
}

/** The oldest server that the queries of the engine are made for. Older ones are not asked further. */
export const OLDEST_VERSION_NUM = 120_000;

const NOTHING_ASKED: Omit<SourceFacts, 'server'> = {
  accessProblems: [],
  requirements: { extensions: [], tablespaces: [] },
  largeObjects: { objects: 0, unreadable: 0, firstUnreadable: [] },
  roles: { roles: [], memberships: [] },
  roleNeeds: { owners: [], defaultPrivileges: [], granted: [], grantors: [], named: [], ofDatabase: [] },
  superuserObjects: [],
  forcedTables: [],
};

/** @throws ReplicatorError of the side that cannot be connected to or asked */
export async function gatherFacts({ source, target }: Servers, rules: TableRules): Promise<Facts> {
  return source.withSession((sourceSession) =>
    withTargetSession(target, async (targetSession, isOnDatabase) => {
      const sourceFacts = await gatherSourceFacts(sourceSession, rules);
      const targetFacts = await gatherTargetFacts(targetSession, isOnDatabase, sourceFacts);
      return {
        source: sourceFacts,
        target: targetFacts,
        isSameDatabase:
          isOnDatabase &&
          (await isSameDatabase(
            { session: sourceSession, facts: sourceFacts.server },
            { session: targetSession, facts: targetFacts.server },
          )),
      };
    }),
  );
}

async function gatherSourceFacts(session: Session, rules: TableRules): Promise<SourceFacts> {
  const server = await readServerFacts(session);
  if (server.versionNum < OLDEST_VERSION_NUM) return { server, ...NOTHING_ASKED };
  return {
    server,
    accessProblems: (await listAccessProblems(session)).filter(({ oid }) => isInScope(rules, oid)),
    requirements: await readRequirements(session),
    largeObjects: await readObjectAccess(session, server.versionNum),
    roles: await readRoles(session, server.versionNum),
    roleNeeds: await readRoleNeeds(session),
    superuserObjects: await listSuperuserObjects(session, server.versionNum),
    forcedTables: (await listForcedTables(session))
      .filter(({ oid }) => isInScope(rules, oid))
      .map(({ label }) => label),
  };
}

async function gatherTargetFacts(
  session: Session,
  isOnDatabase: boolean,
  { requirements, roleNeeds }: SourceFacts,
): Promise<TargetFacts> {
  const server = await readServerFacts(session);
  const { owners, defaultPrivileges, grantors } = roleNeeds;
  const principals = [...owners.map(({ role }) => role), ...defaultPrivileges, ...grantors];
  const privileges = await session.queryOne<Record<'may_create' | 'may_use_temp' | 'may_drop', boolean>>(
    'check privileges',
    `SELECT pg_catalog.has_database_privilege(oid, 'CREATE') AS may_create,
            pg_catalog.has_database_privilege(oid, 'TEMPORARY') AS may_use_temp,
            pg_catalog.pg_has_role(datdba, 'USAGE') AS may_drop
     FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
  );
  return {
    server,
    hasDatabase: isOnDatabase,
    mayCreateInDatabase: privileges.may_create,
    mayCreateTemporaryTables: privileges.may_use_temp,
    mayDropDatabase: privileges.may_drop,
    userObjects: isOnDatabase ? await listUserObjects(session) : [],
    checkpoint: isOnDatabase ? await findCheckpoint(session) : null,
    installedExtensions: isOnDatabase ? (await readRequirements(session)).extensions : [],
    missing: await findMissing(session, requirements, server.versionNum),
    roles: await readTargetRoles(session, { versionNum: server.versionNum, isOnDatabase, principals }),
  };
}

/** A session on the target database or, while that does not exist, on one that every server has. */
async function withTargetSession<Result>(
  target: Server,
  work: (session: Session, isOnDatabase: boolean) => Promise<Result>,
): Promise<Result> {
  const session = await openTargetSession(target);
  try {
    return await work(session.session, session.isOnDatabase);
  } finally {
    await target.close(session.session);
  }
}

async function openTargetSession(target: Server): Promise<{ session: Session; isOnDatabase: boolean }> {
  try {
    return { session: await target.open(), isOnDatabase: true };
  } catch (error) {
    if (!(error instanceof ReplicatorError) || error.code !== 'database_missing') throw error;
    return { session: await openMaintenanceSession(target), isOnDatabase: false };
  }
}
