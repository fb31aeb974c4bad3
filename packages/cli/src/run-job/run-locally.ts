import { ReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { createEngineLog } from '../output/create-engine-log.ts';
import { createProgressDisplay } from '../output/create-progress-display.ts';
import type { JobOutcome } from './job-outcome.ts';

/**
 * Runs the engine in this process. When the user interrupts it, it cancels its statements and closes its sessions
 * before it rejects, which is waited for.
 */
export async function runLocally(
  context: CommandContext,
  specification: JobSpecification,
): Promise<JobOutcome> {
  const { deps, settings, output } = context;
  const { runCommand } = await import('@seren-replicator/replication');
  const display = createProgressDisplay(context);
  const noteStop = (): void => output.note('Stopping: closing the sessions on both servers.');
  deps.signal.addEventListener('abort', noteStop, { once: true });
  try {
    const { result, failure } = await runCommand(
      {
        log: createEngineLog(output, settings['log-level'] ?? 'warn'),
        onProgress: (progress) => display.update(progress),
        path: deps.env['PATH'] ?? '',
        signal: deps.signal,
      },
      specification,
    );
    return { jobId: null, result, failure };
  } catch (error) {
    if (!deps.signal.aborted) throw error;
    throw new ReplicatorError(
      'interrupted',
      'Interrupted; the sessions are closed, and the same command may be run again.',
      { cause: error },
    );
  } finally {
    deps.signal.removeEventListener('abort', noteStop);
    display.close();
  }
}
