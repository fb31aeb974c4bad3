import { ReplicatorError, type InitResult, type JobSpecification } from '@seren-replicator/job-models';
import { dropCheckpoint } from '../checkpoint/open-checkpoint.ts';
import type { CommandOutcome, EngineDeps } from '../engine.ts';
import { ProgressTracker } from '../progress/progress-tracker.ts';
import { planScope } from '../scope/plan-scope.ts';
import type { CreatedRoles } from '../roles/create-roles.ts';
import { findNativePgDumps } from '../schema/find-native-pg-dump.ts';
import type { Servers } from '../session/server.ts';
import { describeFollowing } from '../sync/describe-following.ts';
import { followAll, type FollowedDatabase } from '../sync/follow-all.ts';
import { preflight } from '../validate/preflight.ts';
import { failureOf, summarizeComparisons } from '../verify/summarize-comparisons.ts';
import { copyDatabase, type DatabaseCopy, type PlannedDatabase } from './copy-database.ts';
import { createMissingRoles } from './create-missing-roles.ts';
import { listWarnings } from './list-warnings.ts';
import { PhaseTimer } from './phase-timer.ts';

/**
 * Copies the databases in scope, one after the other. Nothing is written before every one of them has passed its
 * preflight. Then come the roles that they need, and for each: an empty target, one snapshot of the source, the steps
 * of `copySteps` under it, and a comparison of what arrived with that same snapshot. Checkpoints stay until the last
 * database is done and the outcome remembered: a run that dies before is gone on with, in those that were done too.
 * Unless it was asked not to, each target then follows its source; where it cannot do so itself, this run goes on until
 * it is told to end.
 */
export async function init(
  deps: EngineDeps,
  servers: Servers,
  specification: JobSpecification,
): Promise<CommandOutcome> {
  const progress = new ProgressTracker(deps.onProgress);
  const phases = new PhaseTimer(progress, deps.log);
  // Needed after the preflight, which waits for the servers most of its time.
  void findNativePgDumps(deps.path);
  const databases = await phases.run('preflight', () => planDatabases(deps, servers, specification));
  const warnings = listWarnings(databases);
  for (const { name, message, fix } of warnings) {
    deps.log.warn({ check: name, reason: message, fix }, 'preflight warned');
  }
  const roles = await phases.run('roles', () => createMissingRoles(databases, specification));
  if (roles.created.length > 0) deps.log.info(roles, 'roles created');
  const copies: DatabaseCopy[] = [];
  for (const database of databases) {
    progress.startDatabase(database.scope.servers.source.database, databases.length);
    copies.push(await copyDatabase({ deps, specification, progress, phases, ...database }));
    progress.finishDatabase();
  }
  const followed = listFollowed(databases, copies);
  const result = {
    ...summarize(copies, roles, phases),
    ...(warnings.length > 0 && { warnings }),
    ...(followed.length > 0 && { sync: followed.map(describeFollowing) }),
  };
  const outcome = { result, failure: result.verification === null ? null : failureOf(result.verification) };
  await followOn(deps, { progress, followed, outcome });
  progress.finish();
  await deps.onDone?.(outcome);
  await dropCheckpoints(deps, databases, copies);
  return outcome;
}

/** What is to be followed by this run itself may take for ever: its outcome is told first, and a bad one is the end. */
async function followOn(
  deps: EngineDeps,
  input: { progress: ProgressTracker; followed: readonly FollowedDatabase[]; outcome: CommandOutcome },
): Promise<void> {
  const { progress, followed, outcome } = input;
  if (outcome.failure !== null || followed.every(({ record }) => record.method === 'subscription')) return;
  deps.onCopied?.(outcome);
  deps.log.info({ databases: followed.length }, 'copied; following the source');
  await followAll(deps, progress, followed);
}

async function dropCheckpoints(
  deps: EngineDeps,
  databases: readonly PlannedDatabase[],
  copies: readonly DatabaseCopy[],
): Promise<void> {
  for (const [index, { checkpoint }] of copies.entries()) {
    const target = databases[index]?.scope.servers.target;
    if (checkpoint === null) continue;
    await target
      ?.withSession((session) => dropCheckpoint(session, checkpoint))
      .catch((error: unknown) => {
        deps.signal.throwIfAborted();
        deps.log.warn(
          { database: target.database, reason: describeReason(error) },
          'checkpoint could not be dropped',
        );
      });
  }
}

function listFollowed(
  databases: readonly PlannedDatabase[],
  copies: readonly DatabaseCopy[],
): FollowedDatabase[] {
  return databases.flatMap(({ scope: { servers } }, index) => {
    const record = copies[index]?.sync ?? null;
    return record === null ? [] : [{ servers, record }];
  });
}

/** The work is done by then, and said to be: what is left behind is told, and found by the next run. */
function describeReason(error: unknown): string {
  return error instanceof ReplicatorError ? error.message : (error as Error).name;
}

/** Every database in scope passes its preflight before the first one is copied; those that are done with are left out. */
async function planDatabases(
  { job, log }: EngineDeps,
  servers: Servers,
  specification: JobSpecification,
): Promise<PlannedDatabase[]> {
  const planned: PlannedDatabase[] = [];
  for (const scope of await planScope(servers, specification.filter)) {
    const passed = await preflight(scope, specification, job);
    if (passed.decision !== 'ended') planned.push({ scope, passed });
    else
      log.warn({ database: scope.servers.target.database }, 'what this job followed was cut over or stopped');
  }
  return planned;
}

function summarize(copies: readonly DatabaseCopy[], roles: CreatedRoles, phases: PhaseTimer): InitResult {
  const comparisons = copies.flatMap(({ comparison }) => comparison ?? []);
  const verifySeconds = phases.timings.find(({ phase }) => phase === 'verify')?.seconds ?? 0;
  return {
    command: 'init',
    databases: copies.length,
    tables: sum(copies, ({ tables }) => tables),
    rows: sum(copies, ({ rows }) => rows),
    large_objects: sum(copies, ({ large_objects }) => large_objects ?? 0),
    bytes: sum(copies, ({ bytes }) => bytes),
    seconds: phases.totalSeconds,
    phases: phases.timings,
    skipped: [...roles.skipped, ...copies.flatMap(({ skipped }) => skipped)],
    ...(roles.created.length > 0 && { roles: { created: roles.created, joined: roles.joined } }),
    ...(copies.some(({ resumed }) => resumed !== undefined) && {
      resumed: {
        parts_kept: sum(copies, ({ resumed }) => resumed?.parts_kept ?? 0),
        parts_changed: sum(copies, ({ resumed }) => resumed?.parts_changed ?? 0),
      },
    }),
    verification: comparisons.length === 0 ? null : summarizeComparisons(comparisons, verifySeconds),
  };
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
