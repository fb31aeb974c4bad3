import type { Secret } from '@seren-replicator/job-models';
import pg from 'pg';
import type { Attempt } from '../restore/attempt-statements.ts';
import { descriptionStatements } from '../restore/description-statements.ts';
import type { Membership, Role } from './role.ts';
import { settingStatements } from './setting-statements.ts';

const FIRST_WITH_GRANT_OPTIONS = 160_000;

/** A role with all that CREATE ROLE can give it. */
export function createStatement(role: Role, hash: Secret | undefined): Attempt {
  const options = [...plainOptions(role), ...grantedOptions(role, hash).map(({ option }) => option)];
  return { object: `role ${role.name}`, sql: createRole(role, options) };
}

/** A role with no more than any role that may create roles can give it. */
export function createPlainStatement(role: Role): Attempt {
  return { object: `role ${role.name}`, sql: createRole(role, plainOptions(role)) };
}

/** What `createPlainStatement` leaves out, one by one. */
export function grantPowerStatements(role: Role, hash: Secret | undefined): Attempt[] {
  return grantedOptions(role, hash).map(({ option, label }) => ({
    object: `${label} of role ${role.name}`,
    sql: `ALTER ROLE ${pg.escapeIdentifier(role.name)} ${option}`,
  }));
}

/** Settings, comment and security labels. */
export function describeRoleStatements(role: Role): Attempt[] {
  const subject = `ROLE ${pg.escapeIdentifier(role.name)}`;
  return [
    ...settingStatements(subject, `role ${role.name}`, role.settings),
    ...descriptionStatements(subject, `role ${role.name}`, role),
  ];
}

/** The target's role that runs this becomes the grantor, whoever it is at the source. */
export function membershipStatement(membership: Membership, targetVersionNum: number): Attempt {
  const { role, member, isAdmin, inherits, sets } = membership;
  const grant = `GRANT ${pg.escapeIdentifier(role)} TO ${pg.escapeIdentifier(member)}`;
  const options =
    targetVersionNum >= FIRST_WITH_GRANT_OPTIONS
      ? ` WITH ADMIN ${word(isAdmin)}, INHERIT ${word(inherits)}, SET ${word(sets)}`
      : isAdmin
        ? ' WITH ADMIN OPTION'
        : '';
  return { object: `membership of ${member} in ${role}`, sql: grant + options };
}

function createRole({ name }: Role, options: readonly string[]): string {
  return `CREATE ROLE ${pg.escapeIdentifier(name)} ${options.join(' ')}`;
}

function plainOptions({ logsIn, inherits }: Role): string[] {
  return [...(logsIn ? ['LOGIN'] : []), ...(inherits ? [] : ['NOINHERIT'])];
}

/** Options that a server may refuse to a role that is no superuser, or for reasons of its own. */
function grantedOptions(role: Role, hash: Secret | undefined): { option: string; label: string }[] {
  const attributes: [isSet: boolean, option: string][] = [
    [role.isSuperuser, 'SUPERUSER'],
    [role.createsDatabases, 'CREATEDB'],
    [role.createsRoles, 'CREATEROLE'],
    [role.replicates, 'REPLICATION'],
    [role.bypassesRowSecurity, 'BYPASSRLS'],
  ];
  const options = attributes
    .filter(([isSet]) => isSet)
    .map(([, option]) => ({ option, label: `attribute ${option}` }));
  if (role.connectionLimit !== -1) {
    options.push({ option: `CONNECTION LIMIT ${role.connectionLimit}`, label: 'connection limit' });
  }
  if (role.validUntil !== null) {
    options.push({
      option: `VALID UNTIL ${pg.escapeLiteral(role.validUntil)}`,
      label: 'end of validity',
    });
  }
  if (hash !== undefined) {
    options.push({ option: `PASSWORD ${pg.escapeLiteral(hash.reveal())}`, label: 'password' });
  }
  return options;
}

function word(isSet: boolean): string {
  return isSet ? 'TRUE' : 'FALSE';
}
