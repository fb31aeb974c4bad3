import { ReplicatorError, type Check, type JobSpecification } from '@seren-replicator/job-models';
import { decideResume, describeObstacle } from '../checkpoint/decide-resume.ts';
import type { CommandOutcome } from '../engine.ts';
import type { TableRules } from '../scope/resolve-rules.ts';
import { planScope, type DatabaseScope } from '../scope/plan-scope.ts';
import type { Servers } from '../session/server.ts';
import type { Side } from '../session/pinned-settings.ts';
import { gatherFactsOfEither, type FactsOfEither } from './gather-facts.ts';
import { judgedFacts } from './judged-facts.ts';
import { listChecks, type KnownFacts, type ListChecksInput } from './list-checks.ts';

const EVERY_TABLE: TableRules = {
  excluded: new Set(),
  known: null,
  schemaOnly: new Set(),
  predicates: new Map(),
};

/**
 * Checks every precondition of `init`. A side that cannot be connected to is told as a failed check, and the other side
 * is checked all the same.
 *
 * @throws ReplicatorError `invalid_request` for a filter that matches nothing
 */
export async function validate(servers: Servers, specification: JobSpecification): Promise<CommandOutcome> {
  const scopes = await planScope(servers, specification.filter).catch((error: unknown) => {
    if (error instanceof ReplicatorError && !isAboutCall(error)) return null;
    throw error;
  });
  if (scopes === null) return toOutcome(await checkWithoutScope(servers, specification));
  const checks: Check[] = [];
  for (const [index, scope] of scopes.entries()) {
    checks.push(...(await checkDatabase(scope, specification, { isFirst: index === 0, of: scopes.length })));
  }
  return toOutcome(checks);
}

/** What is wrong with the specification is no finding about a server. */
function isAboutCall({ code }: ReplicatorError): boolean {
  return code === 'invalid_request' || code === 'cancelled';
}

async function checkDatabase(
  { servers, rules }: DatabaseScope,
  specification: JobSpecification,
  { isFirst, of }: { isFirst: boolean; of: number },
): Promise<Check[]> {
  const found = await gatherFactsOfEither(servers, rules);
  const { filter, options } = specification;
  const facts = judgedAsInit(knownOf(found), servers.source.database, specification);
  const input = { facts, ...databasesOf(servers), filter, options };
  const name = servers.target.database;
  const ofServers = isFirst ? listed({ ...input, about: 'server' }) : [];
  const ofDatabase = [...failuresOf(found), ...listed({ ...input, about: 'database' })];
  return [...ofServers, ...ofDatabase.map((check) => (of === 1 ? check : named(check, name)))];
}

/** An unfinished copy that cannot be gone on with is told by a check of its own, not as objects in the way. */
function judgedAsInit(
  facts: KnownFacts,
  sourceDatabase: string,
  specification: JobSpecification,
): KnownFacts {
  const { source, target, isSameDatabase } = facts;
  if (source === undefined || target === undefined || isSameDatabase === undefined) return facts;
  const all = { source, target, isSameDatabase };
  const isObstacle = describeObstacle(all, sourceDatabase, specification) !== null;
  return judgedFacts(all, isObstacle ? 'resume' : decideResume(all, sourceDatabase, specification));
}

/** The source is out of reach, and with it the names of the databases that a filter chooses. */
async function checkWithoutScope(servers: Servers, { filter, options }: JobSpecification): Promise<Check[]> {
  const found = await gatherFactsOfEither(servers, EVERY_TABLE);
  const isNamed =
    !filter.all_databases && filter.include_databases.length + filter.exclude_databases.length === 0;
  const about = isNamed ? 'everything' : 'server';
  const input = { facts: knownOf(found), ...databasesOf(servers), filter, options };
  return [...failuresOf(found), ...listed({ ...input, about })];
}

function databasesOf({ source, target }: Servers): { sourceDatabase: string; targetDatabase: string } {
  return { sourceDatabase: source.database, targetDatabase: target.database };
}

function listed(input: ListChecksInput): Check[] {
  return listChecks(input).map(({ name, status, message, fix }) => ({ name, status, message, fix }));
}

function named(check: Check, database: string): Check {
  return { ...check, name: `${database}: ${check.name}` };
}

function knownOf({ source, target, isSameDatabase }: FactsOfEither): KnownFacts {
  return {
    isSameDatabase,
    ...(source instanceof ReplicatorError ? {} : { source }),
    ...(target instanceof ReplicatorError ? {} : { target }),
  };
}

function failuresOf({ source, target }: FactsOfEither): Check[] {
  const sides: [Side, unknown][] = [
    ['source', source],
    ['target', target],
  ];
  return sides.flatMap(([side, found]) => {
    if (!(found instanceof ReplicatorError)) return [];
    const name = found.code === 'server_too_old' ? 'server versions' : `${side} connection`;
    return [{ name, status: 'fail' as const, message: found.message, fix: null }];
  });
}

function toOutcome(checks: Check[]): CommandOutcome {
  const failed = checks.filter(({ status }) => status === 'fail');
  return {
    result: { command: 'validate', checks },
    failure:
      failed.length === 0
        ? null
        : new ReplicatorError(
            'checks_failed',
            `${failed.length} of ${checks.length} checks failed (${failed.map(({ name }) => name).join(', ')}); mend them as told, then validate again.`,
          ),
  };
}
