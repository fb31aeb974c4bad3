/** The preconditions of a copy, each judged from facts alone. Adding one: a function here and a line in the list. */
import type { Check, ErrorCode, JobOptions } from '@seren-replicator/job-models';
import pg from 'pg';
import { OLDEST_VERSION_NUM, type Facts } from './gather-facts.ts';

export interface PreflightCheck extends Check {
  /** What a run ends with when this check fails. */
  code: ErrorCode;
}

export interface CheckInput {
  facts: Facts;
  targetDatabase: string;
  options: JobOptions;
}

type Verdict = Pick<PreflightCheck, 'status' | 'message' | 'fix'>;

const checks: readonly { name: string; code: ErrorCode; judge: (input: CheckInput) => Verdict }[] = [
  { name: 'server versions', code: 'server_too_old', judge: checkVersions },
  { name: 'two databases', code: 'same_database', judge: checkTwoDatabases },
  { name: 'source privileges', code: 'permission_denied', judge: checkSourcePrivileges },
  { name: 'row security', code: 'row_security', judge: checkRowSecurity },
  { name: 'target database', code: 'permission_denied', judge: checkTargetDatabase },
  { name: 'target empty', code: 'target_not_empty', judge: checkTargetEmpty },
  { name: 'roles', code: 'object_missing', judge: checkRoles },
  { name: 'extensions', code: 'object_missing', judge: checkExtensions },
  { name: 'tablespaces', code: 'object_missing', judge: checkTablespaces },
  { name: 'large objects', code: 'not_supported', judge: checkLargeObjects },
  { name: 'connections', code: 'too_many_connections', judge: checkConnections },
  { name: 'size', code: 'disk_full', judge: describeSize },
];

export function listChecks(input: CheckInput): PreflightCheck[] {
  return checks.map(({ name, code, judge }) => ({ name, code, ...judge(input) }));
}

const MAX_NAMES = 5;
const MIN_CONNECTIONS = 4;

function checkVersions({ facts }: CheckInput): Verdict {
  const [source, target] = [facts.source.server, facts.target.server];
  const tooOld = source.versionNum < OLDEST_VERSION_NUM ? 'source' : 'target';
  if (Math.min(source.versionNum, target.versionNum) < OLDEST_VERSION_NUM) {
    return fail(
      `the ${tooOld} runs PostgreSQL ${facts[tooOld].server.version}; 12 is the oldest that is supported`,
      `upgrade the ${tooOld} to PostgreSQL 12 or newer`,
    );
  }
  const summary = `PostgreSQL ${source.version} → ${target.version}`;
  if (major(target.versionNum) >= major(source.versionNum)) return pass(summary);
  return warn(
    `${summary}: the target is older, and may refuse what only the newer version knows`,
    'use a target of the same or a newer major version',
  );
}

function checkTwoDatabases({ facts }: CheckInput): Verdict {
  if (!facts.isSameDatabase) return pass('source and target are different databases');
  return fail('source and target are the same database', 'name another database or server in the target URL');
}

function checkSourcePrivileges({ facts }: CheckInput): Verdict {
  const problems = facts.source.accessProblems.filter(({ lacks }) => lacks !== 'all rows');
  if (problems.length === 0) return pass('every table and sequence can be read');
  const grants = problems.slice(0, MAX_NAMES).map(({ kind, lacks, quotedName, quotedSchema }) => {
    if (lacks === 'usage') return `GRANT USAGE ON SCHEMA ${quotedSchema} TO CURRENT_ROLE`;
    return `GRANT SELECT ON ${kind.toUpperCase()} ${quotedName} TO CURRENT_ROLE`;
  });
  return fail(
    `the source role may not read ${nameSome(problems.map(({ label }) => label))}`,
    `as the owner, with the role's name: ${[...new Set(grants)].join('; ')}`,
  );
}

function checkRowSecurity({ facts }: CheckInput): Verdict {
  const hidden = facts.source.accessProblems.filter(({ lacks }) => lacks === 'all rows');
  if (hidden.length === 0) return pass('no row is hidden from the source role');
  return fail(
    `row security hides rows of ${nameSome(hidden.map(({ label }) => label))} from the source role`,
    'connect as a superuser, as the owner, or ALTER ROLE … BYPASSRLS',
  );
}

function checkTargetDatabase({ facts: { target }, targetDatabase, options }: CheckInput): Verdict {
  const name = pg.escapeIdentifier(targetDatabase);
  if (!target.hasDatabase) {
    return target.server.canCreateDatabase
      ? pass(`the database ${targetDatabase} will be created`)
      : fail(
          `the database ${targetDatabase} is missing and the target role may not create it`,
          `CREATE DATABASE ${name}`,
        );
  }
  if (options.drop_existing && !(target.mayDropDatabase && target.server.canCreateDatabase)) {
    return fail(
      `the target role may not drop and create the database ${targetDatabase}`,
      `as a superuser, with the role's name: ALTER DATABASE ${name} OWNER TO CURRENT_ROLE; ALTER ROLE CURRENT_ROLE CREATEDB`,
    );
  }
  if (target.mayCreateInDatabase) return pass(`the target role may create objects in ${targetDatabase}`);
  return fail(
    `the target role may not create objects in ${targetDatabase}`,
    `as the owner, with the role's name: GRANT CREATE ON DATABASE ${name} TO CURRENT_ROLE`,
  );
}

function checkTargetEmpty({ facts: { target }, targetDatabase, options }: CheckInput): Verdict {
  if (target.userObjects.length === 0) return pass('the target database holds nothing');
  const objects = nameSome(target.userObjects);
  if (options.drop_existing)
    return warn(`${targetDatabase} will be dropped with all it holds: ${objects}`, null);
  return fail(
    `the target database ${targetDatabase} already holds ${objects}`,
    'name an empty or a new database in the target URL, or add --drop-existing to drop what is there',
  );
}

function checkRoles({ facts, options }: CheckInput): Verdict {
  if (options.no_owner && options.no_acl) return pass('owners and grants are left out');
  const { roles } = facts.target.missing;
  if (roles.length === 0) return pass('every role that owns or is granted something is on the target');
  const create = roles.slice(0, MAX_NAMES).map((role) => `CREATE ROLE ${pg.escapeIdentifier(role)}`);
  return fail(
    `the target lacks the roles ${nameSome(roles)}, which own or are granted something`,
    `${create.join('; ')}; or leave owners and grants out with --no-owner --no-acl`,
  );
}

function checkExtensions({ facts }: CheckInput): Verdict {
  const { extensions } = facts.target.missing;
  if (extensions.length === 0) return pass('every extension of the source is available on the target');
  return fail(
    `the target server lacks the extensions ${nameSome(extensions)}`,
    'install their packages on the target server, or drop them on the source',
  );
}

function checkTablespaces({ facts }: CheckInput): Verdict {
  const { tablespaces } = facts.target.missing;
  if (tablespaces.length === 0) return pass('every tablespace in use is on the target');
  return fail(
    `the target lacks the tablespaces ${nameSome(tablespaces)}`,
    tablespaces.map((name) => `CREATE TABLESPACE ${pg.escapeIdentifier(name)} LOCATION '…'`).join('; '),
  );
}

function checkLargeObjects({ facts }: CheckInput): Verdict {
  const count = facts.source.requirements.largeObjects;
  if (count === 0) return pass('the source has none');
  return fail(
    `the source has ${count} large objects, which are not copied yet`,
    'move them into bytea columns, or unlink them: SELECT lo_unlink(oid) FROM pg_largeobject_metadata',
  );
}

function checkConnections({ facts }: CheckInput): Verdict {
  const { source, target } = facts;
  const left = Math.min(source.server.connectionsLeft, target.server.connectionsLeft);
  const summary = `${source.server.connectionsLeft} left on the source, ${target.server.connectionsLeft} on the target`;
  if (left >= MIN_CONNECTIONS) return pass(summary);
  return fail(
    `${summary}; at least ${MIN_CONNECTIONS} are needed`,
    'close other sessions, or raise max_connections',
  );
}

/** SQL does not tell how much disk a server has left: what is needed is all that can be said. */
function describeSize({ facts }: CheckInput): Verdict {
  const megabytes = Math.ceil(facts.source.server.databaseBytes / 1_000_000);
  return pass(
    `the source holds ${megabytes} MB; the target needs about as much free disk, and as much again for WAL`,
  );
}

function major(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}

function nameSome(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return names.slice(0, MAX_NAMES).join(', ') + more;
}

function pass(message: string): Verdict {
  return { status: 'pass', message, fix: null };
}

function warn(message: string, fix: string | null): Verdict {
  return { status: 'warn', message, fix };
}

function fail(message: string, fix: string): Verdict {
  return { status: 'fail', message, fix };
}
