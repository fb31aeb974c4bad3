import { toReplicatorError, type ReplicatorError } from '@seren-replicator/job-models';
import type { CommandOutcome } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import type { CutoverContext, MeasuredStep } from './cutover-context.ts';
import { stepsOf } from './cutover-steps.ts';
import { describeCutover } from './describe-cutover.ts';
import { preflightDatabases } from './preflight-databases.ts';

/** Looks at everything and changes nothing: each step with what it would do and the time that it is expected to take. */
export async function planSteps(context: CutoverContext, servers: Servers): Promise<CommandOutcome> {
  const { progress } = context;
  const failure = await judge(context);
  const steps: MeasuredStep[] = [];
  for (const { name, expect } of stepsOf(context)) {
    progress.startPhase(name);
    const { seconds, detail } = await expect(context);
    steps.push({ step: name, status: 'planned', seconds, detail });
  }
  if (failure !== null && steps[0] !== undefined) {
    steps[0] = { ...steps[0], status: 'failed', detail: failure.message };
  }
  progress.finish();
  const pauseFrom = steps.findIndex(({ step }) => step === 'lock source' || step === 'last writers');
  const pause_seconds = steps.slice(pauseFrom).reduce((sum, { seconds }) => sum + seconds, 0);
  return { result: { ...describeCutover(context, servers, steps), pause_seconds }, failure };
}

async function judge(context: CutoverContext): Promise<ReplicatorError | null> {
  try {
    await preflightDatabases(context);
    return null;
  } catch (error) {
    context.deps.signal.throwIfAborted();
    return toReplicatorError(error);
  }
}
