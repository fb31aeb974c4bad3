/**
 * A cutover, as a list of named steps. Each goes through all databases before the next one begins, so that none is cut
 * over unless all can be. Up to the point of no return, in `hand over`, every step can be taken back.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import { setSequences } from '../copy/set-sequences.ts';
import { withRespite } from '../session/with-servers.ts';
import { markSource } from '../sync/wait-for-position.ts';
import { countOf } from '../validate/check.ts';
import type { DatabaseComparison } from '../verify/compare-database.ts';
import { failureOf, summarizeComparisons } from '../verify/summarize-comparisons.ts';
import { planSequences } from './advance-sequences.ts';
import { isToBeLocked, type CutoverContext, type CutoverStep } from './cutover-context.ts';
import {
  expectCatchUp,
  expectMoment,
  expectSequences,
  expectVerification,
  expectViews,
} from './expect-steps.ts';
import { endFollowingBack, prepareFollowingBack } from './follow-back.ts';
import { followTo } from './follow-to.ts';
import { forAll } from './for-all.ts';
import { asHandedOver, handOver, markHandedOver, unmarkHandedOver } from './hand-over.ts';
import { lockSource, unlockSource, unlockStatement, waitForWriters } from './lock-source.ts';
import { preflightDatabases } from './preflight-databases.ts';
import { listViewsToRefresh, refreshViews } from './refresh-views.ts';
import { verifyDatabase } from './verify-database.ts';

/** Nothing is paused yet: as long as it takes. */
const CATCH_UP_DEADLINE_MS = 3_600_000;
/** Nobody can write meanwhile: longer than this is no pause any more. */
const DRAIN_DEADLINE_MS = 120_000;
/** Longer than a lock that somebody else holds is waited for. */
const HAND_OVER_DEADLINE_MS = 600_000;

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
      if (sequencesBefore === null || sequencesBefore.length === 0) return null;
      await servers.target.withSession((session) => setSequences(session, sequencesBefore));
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
    expect: expectMoment('what lets the old source follow the target is prepared'),
    undo: ({ servers, record, deps }) => endFollowingBack(deps, servers, record),
  },
  {
    name: 'hand over',
    run: handAllOver,
    expect: expectMoment('subscription, slot, publication and record are removed: the point of no return'),
    undo: ({ servers, record }) => unmarkHandedOver(servers, record),
  },
];

/** Whatever can be done before anything is paused. */
async function catchUp({ deps, databases }: CutoverContext): Promise<string> {
  await forAll(databases, ({ scope: { servers }, record }) =>
    markAndFollow(deps, { servers, record, deadlineMs: CATCH_UP_DEADLINE_MS }),
  );
  return 'the target has all that was committed when this began';
}

async function lockSources(context: CutoverContext): Promise<string> {
  context.pausedAt ??= performance.now();
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
  const advice = areLocked(context) ? '' : '; nobody may write on the source from here on';
  return `the target has everything up to ${positions.join(', ')}${advice}`;
}

type FollowInput = Omit<Parameters<typeof followTo>[1], 'position'>;

async function markAndFollow(deps: CutoverContext['deps'], input: FollowInput): Promise<string> {
  const position = await markSource(input.servers.source);
  await followTo(deps, { ...input, position });
  return position;
}

function areLocked(context: CutoverContext): boolean {
  return context.databases.every((database) => isToBeLocked(context, database));
}

async function setAllSequences({ databases }: CutoverContext): Promise<string> {
  let count = 0;
  for (const database of databases) {
    const { target } = database.scope.servers;
    const { behind, before, ahead } = await planSequences(database.scope);
    database.sequencesAhead = ahead;
    // The last of a name counts: what it was first.
    database.sequencesBefore = [...before, ...(database.sequencesBefore ?? [])];
    await target.withSession((session) => setSequences(session, behind));
    count += behind.length;
  }
  return `${countOf(count, 'sequence')} set to where the source's are`;
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
  return areLocked(context)
    ? message
    : `${message} Or somebody went on writing to the source: stop that, or add --lock-source.`;
}

/** What nobody should have written since the drain is not compared any more, but at least not lost. */
async function takeLateWrites(context: CutoverContext): Promise<void> {
  if (areLocked(context)) return;
  await drain(context);
  await setAllSequences(context);
}

async function followAllBack(context: CutoverContext): Promise<string> {
  const { deps, options, databases } = context;
  for (const database of databases) {
    const { record, scope } = database;
    if (!options.reverse) {
      database.record = (await endFollowingBack(deps, scope.servers, record)) ?? record;
      continue;
    }
    database.reverse = await prepareFollowingBack(deps, {
      servers: scope.servers,
      record,
      onNoted: (noted) => (database.record = noted),
    });
  }
  if (!options.reverse) return 'what an earlier run had begun is removed';
  const needsWorker = databases.some(({ reverse }) => reverse?.method === 'stream');
  const advice = needsWorker
    ? '; its changes are applied while sync runs, with source and target exchanged'
    : '';
  return `the old source is to follow the target${advice}`;
}

async function handAllOver(context: CutoverContext): Promise<string> {
  const { deps, databases, handedOver } = context;
  await takeLateWrites(context);
  for (const database of databases) {
    const { record } = database;
    // Before it is written: an answer that is lost may be that of a mark that is there.
    database.record = { ...record, cutover: asHandedOver(record) };
    await markHandedOver(database.scope.servers, record);
  }
  deps.signal.throwIfAborted();
  // The point of no return: from here on slots are dropped, and with them what would bring the target up to date again.
  context.isPastReturn = true;
  // Whoever cancels it now would leave it in the middle.
  await forAll([...handedOver, ...databases], (database) =>
    withRespite(
      database.scope.servers,
      (servers, signal) =>
        handOver({ ...deps, signal }, { ...database, scope: { ...database.scope, servers } }),
      HAND_OVER_DEADLINE_MS,
    ),
  );
  return 'what followed the source is removed on both sides';
}
