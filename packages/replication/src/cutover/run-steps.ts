import { ReplicatorError, toReplicatorError, type ErrorCode } from '@seren-replicator/job-models';
import type { CommandOutcome } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { assertClaimed } from './claim-cutover.ts';
import type { CutoverContext, CutoverStep, MeasuredStep } from './cutover-context.ts';
import { describeCutover } from './describe-cutover.ts';
import { stepsOf } from './cutover-steps.ts';
import { undoCutover } from './undo-cutover.ts';

/**
 * Runs the steps one after the other. When one fails before the point of no return, what was done is taken back, also
 * when the run is cancelled: then with sessions of its own. What cannot be has the code `cutover_unfinished`.
 *
 * @throws ReplicatorError when it is cancelled; other failures are part of the outcome, with the steps up to them
 */
export async function runSteps(context: CutoverContext, servers: Servers): Promise<CommandOutcome> {
  const steps: MeasuredStep[] = [];
  try {
    for (const step of stepsOf(context)) await runStep(context, step, steps);
    return { result: describeCutover(context, servers, steps), failure: null };
  } catch (error) {
    const failure = toReplicatorError(error);
    const { sentence, isUnfinished } = context.isPastReturn
      ? PAST_RETURN
      : await takeBack(context, servers, steps);
    const codeOf = (code: ErrorCode) => (isUnfinished ? 'cutover_unfinished' : code);
    if (context.deps.signal.aborted) {
      throw new ReplicatorError(codeOf('cancelled'), `The cutover was cancelled. ${sentence}`, {
        cause: error,
      });
    }
    return {
      result: describeCutover(context, servers, steps),
      failure: new ReplicatorError(codeOf(failure.code), `${failure.message} ${sentence}`, { cause: error }),
    };
  }
}

async function runStep(
  context: CutoverContext,
  { name, run }: CutoverStep,
  steps: MeasuredStep[],
): Promise<void> {
  const { deps, progress } = context;
  deps.signal.throwIfAborted();
  progress.startPhase(name);
  const startedAt = performance.now();
  const measure = (status: MeasuredStep['status'], detail: string) => {
    const seconds = (performance.now() - startedAt) / 1000;
    deps.log.info({ step: name, status, seconds }, 'cutover step');
    steps.push({ step: name, status, seconds, detail });
  };
  try {
    for (const { claim } of [...context.databases, ...context.handedOver]) {
      if (claim !== null) await assertClaimed(claim);
    }
    measure('done', await run(context));
  } catch (error) {
    measure('failed', toReplicatorError(error).message);
    throw error;
  }
}

/** What has become of the servers. */
interface Consequence {
  sentence: string;
  /** Something is neither as it was before nor as it is after a cutover. */
  isUnfinished: boolean;
}

const PAST_RETURN: Consequence = {
  sentence: 'The cutover is past its point of no return: run the same command again to finish it.',
  isUnfinished: true,
};

async function takeBack(
  context: CutoverContext,
  servers: Servers,
  steps: MeasuredStep[],
): Promise<Consequence> {
  // The first step changes nothing, unless an earlier run has.
  const isUntouched = steps.length <= 1 && context.databases.every(({ record }) => record.cutover === null);
  if (isUntouched) return { sentence: 'Nothing was changed.', isUnfinished: false };
  const undone = await undoCutover(context.deps, servers, context.databases);
  for (const step of steps) {
    if (step.status === 'done' && undone.steps.has(step.step)) step.status = 'undone';
  }
  if (undone.problems.length > 0) return { sentence: undone.problems.join(' '), isUnfinished: true };
  return {
    sentence: 'Everything is as it was before, and the target goes on following its source.',
    isUnfinished: false,
  };
}
