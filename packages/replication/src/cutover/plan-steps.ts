import { ReplicatorError, toReplicatorError } from '@seren-replicator/job-models';
import type { CommandOutcome } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import type { CutoverContext, MeasuredStep } from './cutover-context.ts';
import { stepsOf } from './cutover-steps.ts';
import { describeCutover } from './describe-cutover.ts';
import { preflightDatabases } from './preflight-databases.ts';

/**
 * Looks at everything and changes nothing: each step with what it would do and the time that it is expected to take, or
 * with what would keep it from being done.
 */
export async function planSteps(context: CutoverContext, servers: Servers): Promise<CommandOutcome> {
  const { progress } = context;
  const judged = await attempt(context, () => preflightDatabases(context));
  const steps: MeasuredStep[] = [];
  let failure = judged instanceof ReplicatorError ? judged : null;
  for (const { name, expect } of stepsOf(context)) {
    progress.startPhase(name);
    const expected = await attempt(context, () => expect(context));
    if (expected instanceof ReplicatorError) {
      failure ??= expected;
      steps.push({ step: name, status: 'failed', seconds: 0, detail: expected.message });
    } else {
      steps.push({ step: name, status: 'planned', ...expected });
    }
  }
  if (judged instanceof ReplicatorError && steps[0] !== undefined) {
    steps[0] = { ...steps[0], status: 'failed', detail: judged.message };
  }
  progress.finish();
  const pauseFrom = steps.findIndex(({ step }) => step === 'lock source' || step === 'last writers');
  const pause_seconds = steps.slice(pauseFrom).reduce((sum, { seconds }) => sum + seconds, 0);
  return { result: { ...describeCutover(context, servers, steps), pause_seconds }, failure };
}

/** What goes wrong is an answer here. */
async function attempt<Result>(
  { deps }: CutoverContext,
  work: () => Promise<Result>,
): Promise<Result | ReplicatorError> {
  try {
    return await work();
  } catch (error) {
    deps.signal.throwIfAborted();
    return toReplicatorError(error);
  }
}
