/** The preconditions of a copy, in the order in which they are told. Adding one: a file of its theme, and a line here. */
import type { CheckDefinition, CheckInput, PreflightCheck } from './check.ts';
import { extensions } from './checks/extensions.ts';
import { largeObjects } from './checks/large-objects.ts';
import { owners, roles } from './checks/roles.ts';
import { connections, serverVersions, size, twoDatabases } from './checks/servers.ts';
import { rowSecurity, sourcePrivileges } from './checks/source-access.ts';
import { superuserObjects } from './checks/superuser-objects.ts';
import { tablespaces } from './checks/tablespaces.ts';
import { targetRowSecurity } from './checks/target-row-security.ts';
import { targetDatabase, targetEmpty } from './checks/target-database.ts';

const checks: readonly CheckDefinition[] = [
  serverVersions,
  twoDatabases,
  sourcePrivileges,
  rowSecurity,
  targetDatabase,
  targetEmpty,
  roles,
  owners,
  superuserObjects,
  targetRowSecurity,
  extensions,
  tablespaces,
  largeObjects,
  connections,
  size,
];

/** Judges facts alone: asks no server. */
export function listChecks(input: CheckInput): PreflightCheck[] {
  return checks.map(({ name, code, judge }) => ({ name, code, ...judge(input) }));
}
