import { ReplicatorError, toReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { createProgressDisplay } from '../output/create-progress-display.ts';
import type { JobOutcome } from './job-outcome.ts';
import { runEngine } from './run-engine.ts';

/**
 * Runs the engine in this process. When the user interrupts it, it cancels its statements and closes its sessions
 * before it rejects, which is waited for.
 */
export async function runLocally(
  context: CommandContext,
  specification: JobSpecification,
): Promise<JobOutcome> {
  const { deps, output } = context;
  const display = createProgressDisplay(context);
  const noteStop = (): void => output.note('Stopping: closing the sessions on both servers.');
  deps.signal.addEventListener('abort', noteStop, { once: true });
  let isFollowing = false;
  try {
    return await runEngine(context, specification, (progress) => {
      isFollowing = progress.sync !== undefined;
      display.update(progress);
    });
  } catch (error) {
    if (!deps.signal.aborted) throw error;
    throw new ReplicatorError('interrupted', describeInterruption(isFollowing, error), { cause: error });
  } finally {
    deps.signal.removeEventListener('abort', noteStop);
    display.close();
  }
}

/** What stays of the work is the engine's to say; of work that follows, it is the same each time. */
function describeInterruption(isFollowing: boolean, error: unknown): string {
  return isFollowing
    ? 'Interrupted; the sessions are closed. The source keeps its log for the target: "seren-replicator sync" goes on from here, "seren-replicator sync --stop" ends it.'
    : toReplicatorError(error).message;
}
