/**
 * Which roles a copy creates: those that the databases name, those that get at the databases only by being members of
 * such roles, and those whose privileges they have as members themselves. A role that is on the target is never
 * altered, whatever it is there.
 */
import type { SkippedObject } from '@seren-replicator/job-models';
import { belongsToProvider, isPredefined, type Membership, type Role, type Roles } from './role.ts';

export interface PlanRolesInput {
  source: Roles;
  /** All roles of the target. */
  present: ReadonlySet<string>;
  /** Without these the copy cannot be made. */
  required: readonly string[];
  /** These belong to the databases too. */
  related: readonly string[];
  /** Not only what the databases name. */
  wantsEveryRole: boolean;
}

export interface RolePlan {
  create: Role[];
  /** Those of created roles, and those in created roles. */
  memberships: Membership[];
  skipped: SkippedObject[];
}

export function planRoles(input: PlanRolesInput): RolePlan {
  const { source, present, required, wantsEveryRole } = input;
  const needed = new Set(required);
  const wanted = wantsEveryRole ? new Set(source.roles.map(({ name }) => name)) : reachRoles(input);
  const create = source.roles
    .filter(({ name }) => wanted.has(name) && !present.has(name) && !isPredefined(name))
    .filter(({ name }) => needed.has(name) || !belongsToProvider(name))
    .map((role) => (belongsToProvider(role.name) ? withoutPowers(role) : role));
  const created = new Set(create.map(({ name }) => name));
  const isThere = (name: string) => present.has(name) || created.has(name);
  const touched = source.memberships.filter(({ role, member }) => created.has(role) || created.has(member));
  return {
    create,
    memberships: touched.filter(({ role, member }) => isThere(role) && isThere(member)),
    skipped: touched
      .filter(({ role }) => !isThere(role))
      .map(({ role, member }) => ({
        object: `membership of ${member} in ${role}`,
        reason: `the target has no role ${role}, which belongs to the service that hosts the source or to its version`,
      })),
  };
}

function reachRoles({ source, required, related }: PlanRolesInput): Set<string> {
  const reached = new Set([...required, ...related]);
  const superusers = new Set(source.roles.filter(({ isSuperuser }) => isSuperuser).map(({ name }) => name));
  // A set that grows while it is gone through is gone through to its end.
  for (const name of reached) {
    // Members of a superuser do not get at these databases in particular.
    if (superusers.has(name) || isPredefined(name) || belongsToProvider(name)) continue;
    for (const { role, member } of source.memberships) if (role === name) reached.add(member);
  }
  for (const name of reached) {
    for (const { role, member } of source.memberships) if (member === name) reached.add(role);
  }
  return reached;
}

/** A provider's role that owns or is granted something has to exist; what it may do elsewhere it need not here. */
function withoutPowers({ name, inherits, comment }: Role): Role {
  return {
    name,
    inherits,
    comment,
    isSuperuser: false,
    createsRoles: false,
    createsDatabases: false,
    logsIn: false,
    replicates: false,
    bypassesRowSecurity: false,
    connectionLimit: -1,
    validUntil: null,
    settings: [],
    labels: [],
  };
}
