import { ReplicatorError, type Secret, type SkippedObject } from '@seren-replicator/job-models';
import { attemptStatements, type Attempt, type Refusal } from '../restore/attempt-statements.ts';
import type { Session } from '../session/session.ts';
import type { RolePlan } from './plan-roles.ts';
import { readPasswordHashes } from './read-password-hashes.ts';
import type { TargetRoles } from './read-target-roles.ts';
import type { Role } from './role.ts';
import {
  createPlainStatement,
  createStatement,
  describeRoleStatements,
  grantPowerStatements,
  membershipStatement,
} from './role-statements.ts';

export interface CreateRolesInput {
  /** On any database, as all others here. */
  source: Session;
  target: Session;
  targetVersionNum: number;
  targetRoles: TargetRoles;
  plan: RolePlan;
  /** Roles that the target's role has to act for: objects will be given to them, or grants made in their names. */
  principals: ReadonlySet<string>;
  /** Roles without which the copy cannot be made. */
  required: ReadonlySet<string>;
}

export interface CreatedRoles {
  created: string[];
  /** Of these, the target role was made a member, so that it can act for them. */
  joined: string[];
  skipped: SkippedObject[];
}

const DUPLICATE_OBJECT = '42710';

/**
 * Creates roles with their attributes, passwords, memberships, settings and comments, in one transaction: after a
 * failure none of them is there. What the target refuses of a role is left out and told.
 *
 * @throws ReplicatorError `permission_denied` when a role cannot be created, or cannot be given objects, and the copy
 * cannot do without
 */
export async function createRoles(input: CreateRolesInput): Promise<CreatedRoles> {
  const { source, target, targetRoles, plan } = input;
  if (plan.create.length === 0) return { created: [], joined: [], skipped: plan.skipped };
  const hashes = await readPasswordHashes(source, namesOf(plan.create));
  return target.transaction('BEGIN', async () => {
    if (targetRoles.isSuperuser) await hideStatements(target);
    const { created, refusals } = await createEach(input, hashes ?? new Map<string, Secret>());
    refusals.push(...(await attempt(target, furnish(input, created))));
    const joined = await joinPrincipals(input, created);
    return {
      created: namesOf(created),
      joined,
      skipped: [
        ...plan.skipped,
        ...refusals.map(({ attempt: { object }, reason }) => ({ object, reason })),
        ...(hashes === null ? created.filter(({ logsIn }) => logsIn).map(withoutPassword) : []),
      ],
    };
  });
}

/** Each with all that it has; where that is refused, without it and then with one thing after the other. */
async function createEach(
  { target, plan, required }: CreateRolesInput,
  hashes: ReadonlyMap<string, Secret>,
): Promise<{ created: Role[]; refusals: Refusal[] }> {
  const whole = new Map(plan.create.map((role) => [createStatement(role, hashes.get(role.name)), role]));
  const refusedWhole = pick(whole, await attempt(target, [...whole.keys()]));
  const plain = new Map(refusedWhole.map((role) => [createPlainStatement(role), role]));
  const refusedPlain = await attempt(target, [...plain.keys()]);
  for (const { attempt: refused, reason, sqlState } of refusedPlain) {
    const role = plain.get(refused);
    // Somebody else has created it meanwhile: a role that is there stays what it is.
    if (role === undefined || sqlState === DUPLICATE_OBJECT || !required.has(role.name)) continue;
    throw new ReplicatorError(
      'permission_denied',
      `The target refuses to create the role ${role.name}: ${reason}; create it yourself, or leave owners and grants out with --no-owner --no-acl.`,
    );
  }
  const missing = new Set(pick(plain, refusedPlain));
  const powerless = refusedWhole.filter((role) => !missing.has(role));
  const powers = powerless.flatMap((role) => grantPowerStatements(role, hashes.get(role.name)));
  return {
    created: plan.create.filter((role) => !missing.has(role)),
    refusals: [...refusedPlain, ...(await attempt(target, powers))],
  };
}

/** What can only be given to roles that are there. */
function furnish(
  { plan, targetRoles, targetVersionNum }: CreateRolesInput,
  created: readonly Role[],
): Attempt[] {
  const present = new Set([...targetRoles.names, ...namesOf(created)]);
  return [
    ...created.flatMap(describeRoleStatements),
    ...plan.memberships
      .filter(({ role, member }) => present.has(role) && present.has(member))
      .map((membership) => membershipStatement(membership, targetVersionNum)),
  ];
}

/**
 * Who is no superuser can give objects only to roles that he is a member of, and grant only for them. Since 16 a role that creates another may
 * grant it, also to itself, but is not its member.
 *
 * https://www.postgresql.org/docs/current/role-attributes.html
 */
async function joinPrincipals(input: CreateRolesInput, created: readonly Role[]): Promise<string[]> {
  const { target, targetRoles, targetVersionNum, principals } = input;
  if (targetRoles.isSuperuser) return [];
  const joined = namesOf(created).filter((name) => principals.has(name));
  const [refusal] = await attempt(
    target,
    joined.map((role) =>
      membershipStatement(
        { role, member: targetRoles.self, isAdmin: false, inherits: true, sets: true },
        targetVersionNum,
      ),
    ),
  );
  if (refusal === undefined) return joined;
  throw new ReplicatorError(
    'permission_denied',
    `The target refuses the ${refusal.attempt.object}, in whose name objects and grants are to be made: ${refusal.reason}; grant it as a superuser, or leave owners out with --no-owner.`,
  );
}

/** Password hashes are in these statements: they shall not be in the server's log and statistics. */
async function hideStatements(target: Session): Promise<void> {
  const settings = {
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_min_duration_sample: '-1',
    log_min_error_statement: 'panic',
    track_activities: 'off',
    'pg_stat_statements.track': 'none',
  };
  await target.query(
    'hide passwords from its log',
    `SELECT pg_catalog.set_config(wanted.name, wanted.value, true)
     FROM unnest($1::text[], $2::text[]) AS wanted(name, value)
     JOIN pg_catalog.pg_settings AS present ON present.name = wanted.name`,
    [Object.keys(settings), Object.values(settings)],
  );
}

async function attempt(target: Session, attempts: readonly Attempt[]): Promise<Refusal[]> {
  return attemptStatements(target, 'create roles', attempts, { isInTransaction: true });
}

function pick(roles: ReadonlyMap<Attempt, Role>, refusals: readonly Refusal[]): Role[] {
  return refusals.flatMap((refusal) => roles.get(refusal.attempt) ?? []);
}

function withoutPassword({ name }: Role): SkippedObject {
  return {
    object: `password of role ${name}`,
    reason: 'only a superuser of the source may read it; set one with ALTER ROLE … PASSWORD',
  };
}

function namesOf(roles: readonly Role[]): string[] {
  return roles.map(({ name }) => name);
}
