/** Roles that the copy needs on the target, and whether the target's role can give objects to them. */
import pg from 'pg';
import { planRoles } from '../../roles/plan-roles.ts';
import { requiredRoles } from '../../roles/required-roles.ts';
import { isPredefined, type Role } from '../../roles/role.ts';
import {
  fail,
  nameSome,
  pass,
  sampleOf,
  script,
  warn,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';
import { willBeCreated } from '../will-be-created.ts';

export const roles: CheckDefinition = {
  name: 'roles',
  code: 'object_missing',
  of: 'both',
  judge: checkRoles,
};
export const owners: CheckDefinition = {
  name: 'owners',
  code: 'permission_denied',
  of: 'both',
  judge: checkOwners,
};

const WITHOUT_BOTH = '/* or leave owners and grants out: --no-owner --no-acl */';
const WITHOUT_OWNERS = '/* or leave owners out: --no-owner */';

function checkRoles(input: CheckInput): Verdict {
  const { facts, options } = input;
  const required = requiredRoles(facts.source.roleNeeds, options).all;
  const present = new Set(facts.target.roles.names);
  const missing = [...required].filter((name) => !present.has(name)).sort();
  const reserved = missing.filter(isPredefined);
  if (reserved.length > 0) {
    return fail(
      `the target's release does not have PostgreSQL's own roles ${nameSome(reserved)}`,
      `/* use a target of the source's release or newer */\n${WITHOUT_BOTH}`,
    );
  }
  const mayCreate = options.roles && facts.target.roles.createsRoles;
  if (missing.length > 0 && !mayCreate) {
    const create = script(sampleOf(missing), (role) => [`CREATE ROLE ${pg.escapeIdentifier(role)};`]);
    return fail(
      `the target lacks the roles ${nameSome(missing)}, which own or are granted something${options.roles ? `, and its role ${facts.target.server.role} may not create them` : ''}`,
      `/* on the target */ ${create}\n${options.roles ? '/* or use a target role with CREATEROLE */' : '/* or add --roles */'}\n${WITHOUT_BOTH}`,
    );
  }
  return options.roles && facts.target.roles.createsRoles
    ? judgeCreation(input, present, required)
    : pass('every role that owns or is granted something is on the target');
}

function judgeCreation(
  { facts }: CheckInput,
  present: ReadonlySet<string>,
  required: ReadonlySet<string>,
): Verdict {
  const { roles: source, roleNeeds, server } = facts.source;
  const { create, skipped } = planRoles({
    source,
    present,
    required: [...required],
    related: roleNeeds.ofDatabase,
    wantsEveryRole: false,
  });
  if (create.length === 0) return pass('every role of the database is on the target');
  const message = `will be created: ${nameSome(create.map(describe))}`;
  const losses = skipped.map(({ object, reason }) => `${object}: ${reason}`);
  const powerful = facts.target.roles.isSuperuser ? [] : create.filter(needsSuperuser);
  if (powerful.length > 0) {
    losses.push(`the target may refuse attributes of ${nameSome(powerful.map(({ name }) => name))}`);
  }
  const logins = create.filter(({ logsIn }) => logsIn);
  if (logins.length > 0 && !server.isSuperuser) {
    losses.push(`without their passwords, which only a superuser of the source may read`);
  }
  return losses.length === 0 ? pass(message) : warn(`${message}; ${losses.join('; ')}`, null);
}

function checkOwners(input: CheckInput): Verdict {
  const { facts, targetDatabase, options } = input;
  const { self, isSuperuser, outOfReach, publicSchema } = facts.target.roles;
  if (options.no_owner) return pass('objects belong to whoever copies them');
  if (isSuperuser) return pass('a superuser may give objects to anybody');
  const { owners: ownerships } = facts.source.roleNeeds;
  const unreachable = ownerships.filter(({ role }) => outOfReach.includes(role));
  const me = pg.escapeIdentifier(self);
  const grantsOf = (names: readonly string[]) =>
    `/* as a superuser of the target */ ${script(sampleOf(names), (name) => [
      `GRANT ${pg.escapeIdentifier(name)} TO ${me}${grantOptions(facts)};`,
    ])}`;
  if (unreachable.length > 0) {
    const names = [...new Set(unreachable.map(({ role }) => role))];
    const owned = unreachable.map(({ role, example }) => `${role} (owner of the ${example})`);
    return fail(
      `the target role ${self} cannot give objects to ${nameSome(owned)}`,
      `${grantsOf(names)}\n${WITHOUT_OWNERS}`,
    );
  }
  const keptOut = ownerships.filter(
    ({ role, schema }) => schema === 'public' && publicSchema?.keptOut.includes(role),
  );
  if (!willBeCreated(input) && publicSchema?.mayGrant === false && keptOut.length > 0) {
    return fail(
      `${nameSome(keptOut.map(({ role }) => role))} may not create in the schema public of ${targetDatabase}, and ${self} cannot let them`,
      `/* as its owner, in that database */ GRANT CREATE ON SCHEMA public TO ${me} WITH GRANT OPTION;\n${WITHOUT_OWNERS}`,
    );
  }
  const { defaultPrivileges, grantors } = facts.source.roleNeeds;
  const silent = [...defaultPrivileges, ...grantors].filter((name) => outOfReach.includes(name));
  if (silent.length > 0 && !options.no_acl) {
    return warn(
      `${self} cannot grant for ${nameSome(silent)}; what they have granted is left out`,
      grantsOf([...new Set(silent)]),
    );
  }
  return pass(`the target role ${self} may give objects to their owners`);
}

const FIRST_WITH_GRANT_OPTIONS = 160_000;

function grantOptions({ target }: CheckInput['facts']): string {
  return target.server.versionNum >= FIRST_WITH_GRANT_OPTIONS ? ' WITH INHERIT TRUE, SET TRUE' : '';
}

function describe({ name, isSuperuser }: Role): string {
  return isSuperuser ? `${name} (superuser)` : name;
}

function needsSuperuser(role: Role): boolean {
  return role.isSuperuser || role.replicates || role.bypassesRowSecurity || role.createsDatabases;
}
