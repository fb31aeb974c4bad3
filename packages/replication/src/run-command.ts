import { ReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import type { CommandOutcome, EngineDeps } from './engine.ts';

/**
 * Runs what a specification asks for, from this process.
 *
 * @throws ReplicatorError with the code of what went wrong; `cancelled` when the signal was aborted.
 */
export async function runCommand(
  _deps: EngineDeps,
  specification: JobSpecification,
): Promise<CommandOutcome> {
  throw new ReplicatorError('not_supported', `The command ${specification.command} is not available yet.`);
}
