import { ReplicatorError, toReplicatorError } from '@seren-replicator/job-models';
import type { CommandOutcome } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { assertClaimed } from './claim-cutover.ts';
import type { CutoverContext, CutoverStep, MeasuredStep } from './cutover-context.ts';
import { describeCutover } from './describe-cutover.ts';
import { stepsOf } from './cutover-steps.ts';
import { undoCutover } from './undo-cutover.ts';

/**
 * Runs the steps one after the other. When one fails before the point of no return, what was done is taken back, also
 * when the run is cancelled: then with sessions of its own.
 *
 * @throws ReplicatorError `cancelled`; other failures are part of the outcome, with the steps up to them
 */
export async function runSteps(context: CutoverContext, servers: Servers): Promise<CommandOutcome> {
  const steps: MeasuredStep[] = [];
  try {
    for (const step of stepsOf(context)) await runStep(context, step, steps);
    return { result: describeCutover(context, servers, steps), failure: null };
  } catch (error) {
    const failure = toReplicatorError(error);
    const consequence = context.isPastReturn
      ? 'The cutover is past its point of no return: run the same command again to finish it.'
      : await takeBack(context, servers, steps);
    if (context.deps.signal.aborted) {
      throw new ReplicatorError('cancelled', `The cutover was cancelled. ${consequence}`, { cause: error });
    }
    return {
      result: describeCutover(context, servers, steps),
      failure: new ReplicatorError(failure.code, `${failure.message} ${consequence}`, { cause: error }),
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

/** @returns what has become of the servers, in a sentence */
async function takeBack(context: CutoverContext, servers: Servers, steps: MeasuredStep[]): Promise<string> {
  // The first step changes nothing, unless an earlier run has.
  const isUntouched = steps.length <= 1 && context.databases.every(({ record }) => record.cutover === null);
  if (isUntouched) return 'Nothing was changed.';
  const undone = await undoCutover(context.deps, servers, context.databases);
  for (const step of steps) {
    if (step.status === 'done' && undone.steps.has(step.step)) step.status = 'undone';
  }
  if (undone.problems.length > 0) return undone.problems.join(' ');
  return 'Everything is as it was before, and the target goes on following its source.';
}
