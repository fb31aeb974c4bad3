/**
 * Takes a cutover back that did not get to its point of no return: with sessions of its own, because the run's are
 * ended by then, or are ended first. What was done is known from the record on the target, so that it makes no
 * difference whether this run did it or one that has died.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { isConnectionError } from '../session/translate-error.ts';
import { withRespite } from '../session/with-servers.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { claimCutover } from './claim-cutover.ts';
import type { CutoverDatabase } from './cutover-context.ts';
import { cutoverSteps } from './cutover-steps.ts';
import { unlockStatement } from './lock-source.ts';

/** A server that is being restarted is back by then, mostly. */
const DEADLINE_MS = 60_000;
const RETRY_MS = 500;

export interface Undone {
  /** Names of steps that were taken back. */
  steps: Set<string>;
  /** What could not be, and what to do, in sentences. */
  problems: string[];
}

export async function undoCutover(
  deps: EngineDeps,
  servers: Servers,
  databases: readonly Pick<CutoverDatabase, 'scope' | 'record' | 'sequencesBefore'>[],
): Promise<Undone> {
  const undone: Undone = { steps: new Set(), problems: [] };
  // Nothing of the run may come after what is done here.
  await Promise.all([servers.source.endAll(), servers.target.endAll()]);
  await Promise.all(
    databases.map(({ scope, ...database }) =>
      withRespite(
        scope.servers,
        (again, signal) => undoDatabase({ ...deps, signal }, again, database, undone),
        DEADLINE_MS,
      ),
    ),
  );
  return undone;
}

type UndoableDatabase = Pick<CutoverDatabase, 'record' | 'sequencesBefore'>;

async function undoDatabase(
  deps: EngineDeps,
  servers: Servers,
  database: UndoableDatabase,
  undone: Undone,
): Promise<void> {
  let claim;
  try {
    claim = await repeat(deps.signal, () => claimCutover(servers.target));
  } catch (error) {
    // Whoever holds it has taken over, with what there is to take back. A target that is out of reach holds up nobody.
    if (error instanceof ReplicatorError && error.code === 'target_in_use') return;
  }
  const known = await readRecord(deps.signal, servers, database.record);
  // Whoever took over has come to the end of it meanwhile.
  if (known?.name !== database.record.name) return;
  const record = await undoSteps(deps, servers, { ...database, record: known }, undone);
  if (record.cutover?.lock != null) {
    undone.problems.push(
      `The ${servers.source.describe()} may be read-only still: run the same command again, or sync; or there: ${unlockStatement(servers, record)}`,
    );
  }
  if (claim !== undefined) await servers.target.close(claim);
}

/** @returns the record without what was taken back */
export async function undoSteps(
  deps: EngineDeps,
  servers: Servers,
  { record: known, sequencesBefore }: UndoableDatabase,
  undone: Undone,
): Promise<SyncRecord> {
  let record = known;
  for (const { name, undo } of cutoverSteps.toReversed()) {
    if (undo === undefined) continue;
    try {
      const without = await repeat(deps.signal, () => undo({ deps, servers, record, sequencesBefore }));
      if (without === null) continue;
      record = without;
      undone.steps.add(name);
    } catch (error) {
      const reason = error instanceof ReplicatorError ? error.message : `it took too long (${String(error)})`;
      deps.log.warn({ step: name, reason }, 'a step could not be taken back');
      undone.problems.push(`The step ${name} could not be taken back: ${reason}`);
      // Marked as handed over, it would be finished by the next run, without a look: nothing may be written any more.
      if (record.cutover?.isPastReturn === true) break;
    }
  }
  return record;
}

/** As it is on the target by now, where it can be read. */
async function readRecord(
  signal: AbortSignal,
  { target }: Servers,
  known: SyncRecord,
): Promise<SyncRecord | null> {
  try {
    return await repeat(signal, () => target.withSession(findSyncRecord));
  } catch {
    return known;
  }
}

/** A server that is out of reach is tried again until the signal is aborted. */
async function repeat<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !(error instanceof ReplicatorError) || !isConnectionError(error)) throw error;
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}
