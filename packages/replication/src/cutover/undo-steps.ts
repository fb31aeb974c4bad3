import { setTimeout as sleep } from 'node:timers/promises';
import { toReplicatorError, type ReplicatorError } from '@seren-replicator/job-models';
import { isConnectionError } from '../session/translate-error.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import type { CutoverStep, UndoInput } from './cutover-context.ts';
import { cutoverSteps } from './cutover-steps.ts';

const RETRY_MS = 500;

export interface Undone {
  /** Names of steps that were taken back. */
  steps: Set<string>;
  /** What could not be, in sentences. */
  problems: string[];
}

type UndoableStep = CutoverStep & Required<Pick<CutoverStep, 'undo'>>;

/**
 * Takes back whatever was done, the last first. What a server keeps from it that is out of reach is tried again until
 * the signal is aborted, and holds up nothing else: writers are let in again as soon as their server can be told.
 *
 * @returns the record without what was taken back
 */
export async function undoSteps(
  deps: UndoInput['deps'],
  servers: UndoInput['servers'],
  { record: known, sequencesBefore }: Pick<UndoInput, 'record' | 'sequencesBefore'>,
  undone: Undone,
): Promise<SyncRecord> {
  let record = known;
  let left = cutoverSteps.filter((step): step is UndoableStep => step.undo !== undefined).toReversed();
  for (;;) {
    const failed: Failed[] = [];
    for (const step of left) {
      try {
        const without = await step.undo({ deps, servers, record, sequencesBefore });
        if (without === null) continue;
        record = without;
        undone.steps.add(step.name);
      } catch (error) {
        failed.push({ step, failure: toReplicatorError(error) });
      }
    }
    const mayRetry = ({ failure }: Failed) => !deps.signal.aborted && isConnectionError(failure);
    undone.problems.push(...failed.filter((one) => !mayRetry(one)).map(describe));
    left = failed.filter(mayRetry).map(({ step }) => step);
    if (left.length === 0) return record;
    deps.log.warn({ steps: left.map(({ name }) => name) }, 'servers lost; going on taking the cutover back');
    await sleep(RETRY_MS, undefined, { signal: deps.signal }).catch(() => undefined);
  }
}

interface Failed {
  step: UndoableStep;
  failure: ReplicatorError;
}

function describe({ step, failure }: Failed): string {
  return `The step ${step.name} could not be taken back: ${failure.message}`;
}
