/**
 * A cutover, as a list of named steps. Each goes through all databases before the next one begins, so that none is cut
 * over unless all can be. Up to the point of no return, in `hand over`, every step can be taken back.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import { markSource } from '../sync/wait-for-position.ts';
import { countOf } from '../validate/check.ts';
import type { DatabaseComparison } from '../verify/compare-database.ts';
import { failureOf, summarizeComparisons } from '../verify/summarize-comparisons.ts';
import { applySequences, planSequences } from './advance-sequences.ts';
import {
  isToBeLocked,
  type CutoverContext,
  type CutoverDatabase,
  type CutoverStep,
} from './cutover-context.ts';
import { drainSeconds, MOMENT_SECONDS, refreshSeconds, verifySeconds } from './expected-seconds.ts';
import { endFollowingBack, followBack } from './follow-back.ts';
import { followTo } from './follow-to.ts';
import { handOver, markHandedOver, unmarkHandedOver } from './hand-over.ts';
import { lockSource, unlockSource, unlockStatement, waitForWriters } from './lock-source.ts';
import { preflightDatabases } from './preflight-databases.ts';
import { listViewsToRefresh, refreshViews } from './refresh-views.ts';
import { listFollowedTables, verifyDatabase } from './verify-database.ts';

/** Nothing is paused yet: as long as it takes. */
const CATCH_UP_DEADLINE_MS = 3_600_000;
/** Nobody can write meanwhile: longer than this is no pause any more. */
const DRAIN_DEADLINE_MS = 120_000;

/** Those of a run: where all databases are past the point of no return already, only what comes after it is left. */
export function stepsOf(context: CutoverContext): readonly CutoverStep[] {
  const left = context.databases.length === 0 ? cutoverSteps.slice(-1) : cutoverSteps;
  return left.filter(({ isWanted }) => isWanted?.(context) ?? true);
}

export const cutoverSteps: readonly CutoverStep[] = [
  { name: 'preflight', run: preflightDatabases, expect: expectMoment('nothing is changed') },
  { name: 'catch up', run: catchUp, expect: expectCatchUp },
  {
    name: 'lock source',
    isWanted: (context) => context.databases.some((database) => isToBeLocked(context, database)),
    run: lockSources,
    expect: expectMoment(
      'the source becomes read-only, and sessions there are ended, so that they come back so',
    ),
    undo: ({ servers, record, deps }) => unlockSource(servers, record, deps.signal),
  },
  { name: 'last writers', run: awaitWriters, expect: expectMoment('no transaction may be writing any more') },
  {
    name: 'drain',
    run: drain,
    expect: expectMoment("up to a position of the source's log that is taken then"),
  },
  {
    name: 'sequences',
    run: setAllSequences,
    expect: expectSequences,
    undo: async ({ servers, record, sequencesBefore }) => {
      if (sequencesBefore === null) return null;
      await servers.target.withSession((session) => applySequences(session, sequencesBefore));
      return record;
    },
  },
  // What they show is newer than before, if this is taken back; it follows from rows that are there either way.
  { name: 'materialized views', run: refreshAllViews, expect: expectViews },
  {
    name: 'verify',
    isWanted: ({ options }) => options.cutover_verification !== 'none',
    run: verifyAll,
    expect: expectVerification,
  },
  {
    name: 'follow back',
    isWanted: ({ options, databases }) =>
      options.reverse || databases.some(({ record }) => record.cutover?.isReverseBegun === true),
    run: followAllBack,
    expect: expectMoment('the old source begins to follow the target'),
    undo: ({ servers, record, deps }) => endFollowingBack(deps, servers, record),
  },
  {
    name: 'hand over',
    run: handAllOver,
    expect: expectMoment('subscription, slot, publication and record are removed: the point of no return'),
    undo: ({ servers, record }) => unmarkHandedOver(servers, record),
  },
];

function expectMoment(detail: string): CutoverStep['expect'] {
  return ({ databases }) => Promise.resolve({ seconds: databases.length * MOMENT_SECONDS, detail });
}

/** Whatever can be done before anything is paused. */
async function catchUp({ deps, databases }: CutoverContext): Promise<string> {
  await forAll(databases, ({ scope: { servers }, record }) =>
    markAndFollow(deps, { servers, record, deadlineMs: CATCH_UP_DEADLINE_MS }),
  );
  return 'the target has all that was committed when this began';
}

function expectCatchUp({ databases }: CutoverContext) {
  const lags = databases.map(({ status }) => ({
    seconds: status?.lag_seconds ?? null,
    bytes: status?.lag_bytes ?? null,
  }));
  const bytes = lags.reduce((sum, lag) => sum + (lag.bytes ?? 0), 0);
  const seconds = Math.max(0, ...lags.map(drainSeconds));
  return Promise.resolve({ seconds, detail: `${bytes} bytes of the source's log are to come` });
}

async function lockSources(context: CutoverContext): Promise<string> {
  context.pausedAt = performance.now();
  const ended = await forAll(
    context.databases.filter((database) => isToBeLocked(context, database)),
    (database) =>
      lockSource(database.scope.servers, database.record, {
        signal: context.deps.signal,
        onNoted: (record) => (database.record = record),
      }),
  );
  const unlock = context.databases
    .map(({ scope, record }) => unlockStatement(scope.servers, record))
    .join(' ');
  const sessions = countOf(
    ended.reduce((sum, count) => sum + count, 0),
    'session',
  );
  return `the source is read-only, and stays so after the cutover; ${sessions} ended; to undo it there: ${unlock}`;
}

async function awaitWriters({ deps, databases }: CutoverContext): Promise<string> {
  await forAll(databases, ({ scope }) => waitForWriters(scope.servers, deps.signal));
  return 'no transaction writes on the source';
}

async function drain(context: CutoverContext): Promise<string> {
  const { deps, databases } = context;
  context.pausedAt ??= performance.now();
  const positions = await forAll(databases, ({ scope: { servers }, record }) =>
    markAndFollow(deps, { servers, record, deadlineMs: DRAIN_DEADLINE_MS }),
  );
  const advice = databases.every((database) => isToBeLocked(context, database))
    ? ''
    : '; what is written on the source from here on is lost, so that writes have to have been stopped';
  return `the target has everything up to ${positions.join(', ')}${advice}`;
}

type FollowInput = Omit<Parameters<typeof followTo>[1], 'position'>;

async function markAndFollow(deps: CutoverContext['deps'], input: FollowInput): Promise<string> {
  const position = await markSource(input.servers.source);
  await followTo(deps, { ...input, position });
  return position;
}

async function setAllSequences({ databases }: CutoverContext): Promise<string> {
  let count = 0;
  for (const database of databases) {
    const { target } = database.scope.servers;
    const { behind, before, ahead } = await planSequences(database.scope);
    database.sequencesAhead = ahead;
    database.sequencesBefore = before.length === 0 ? null : before;
    await target.withSession((session) => applySequences(session, behind));
    count += behind.length;
  }
  return `${countOf(count, 'sequence')} set to where the source's are`;
}

async function expectSequences({ databases }: CutoverContext) {
  const plans = await forAll(databases, ({ scope }) => planSequences(scope));
  const count = plans.reduce((sum, { behind }) => sum + behind.length, 0);
  return { seconds: MOMENT_SECONDS, detail: `${countOf(count, 'sequence')} behind the source's by now` };
}

async function refreshAllViews({ databases }: CutoverContext): Promise<string> {
  const sentences: string[] = [];
  for (const { scope } of databases) {
    const views = await listViewsToRefresh(scope.servers);
    const passedOver = await scope.servers.target.withSession((session) => refreshViews(session, views));
    sentences.push(`${countOf(views.length - passedOver.length, 'view')} refreshed`, ...passedOver);
  }
  return sentences.join('; ');
}

async function expectViews({ databases }: CutoverContext) {
  const views = (await forAll(databases, ({ scope }) => listViewsToRefresh(scope.servers))).flat();
  const seconds = refreshSeconds(views.reduce((sum, { bytes }) => sum + bytes, 0));
  return { seconds: views.length === 0 ? 0 : seconds, detail: `${countOf(views.length, 'view')} to refresh` };
}

/** @throws ReplicatorError `contents_differ` when the sides are not equal */
async function verifyAll(context: CutoverContext): Promise<string> {
  const startedAt = performance.now();
  const comparisons: DatabaseComparison[] = [];
  for (const database of context.databases) comparisons.push(await verifyDatabase(context, database));
  const verification = summarizeComparisons(comparisons, (performance.now() - startedAt) / 1000);
  context.verification = verification;
  const failure = failureOf(verification);
  if (failure !== null) throw new ReplicatorError(failure.code, withReason(context, failure.message));
  return `${countOf(verification.tables.length, 'table')} equal`;
}

function withReason(context: CutoverContext, message: string): string {
  return context.databases.every((database) => isToBeLocked(context, database))
    ? message
    : `${message} Or somebody went on writing to the source: stop that, or add --lock-source.`;
}

async function expectVerification({ databases, options }: CutoverContext) {
  const tables = (
    await forAll(databases, (database) =>
      database.scope.servers.source.withSession((session) => listFollowedTables(session, database)),
    )
  ).flat();
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  const { cutover_verification: method } = options;
  const what = method === 'counts' ? 'by the number of their rows' : 'by their contents';
  return {
    seconds: verifySeconds(bytes, method),
    detail: `${countOf(tables.length, 'table')} compared ${what}`,
  };
}

async function followAllBack(context: CutoverContext): Promise<string> {
  const { deps, options, databases } = context;
  for (const database of databases) {
    const { record, scope } = database;
    if (!options.reverse) {
      database.record = (await endFollowingBack(deps, scope.servers, record)) ?? record;
      continue;
    }
    database.reverse = await followBack(deps, {
      servers: scope.servers,
      record,
      onNoted: (noted) => (database.record = noted),
    });
  }
  return options.reverse ? 'the old source follows the target' : 'what an earlier run had begun is removed';
}

async function handAllOver(context: CutoverContext): Promise<string> {
  const { deps, databases, handedOver } = context;
  for (const database of databases) {
    database.record = await markHandedOver(database.scope.servers, database.record);
  }
  deps.signal.throwIfAborted();
  // The point of no return: from here on slots are dropped, and with them what would bring the target up to date again.
  context.isPastReturn = true;
  await forAll([...handedOver, ...databases], ({ scope, record }) =>
    handOver(scope.servers, record, deps.signal),
  );
  return 'what followed the source is removed on both sides';
}

/** All at once, and all to their end: nothing is under way any more when this settles. */
async function forAll<Result>(
  databases: readonly CutoverDatabase[],
  work: (database: CutoverDatabase) => Promise<Result>,
): Promise<Result[]> {
  const settled = await Promise.allSettled(databases.map(work));
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
