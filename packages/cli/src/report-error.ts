import { inspect } from 'node:util';
import { exitCodeFor, ReplicatorError, toReplicatorError, type ExitCode } from '@seren-replicator/job-models';
import type { CliDeps } from './cli-deps.ts';
import type { Settings } from './options/settings.ts';
import { Output } from './output/output.ts';
import { hideSecrets } from './output/hide-secrets.ts';
import { JobError } from './run-job/job-error.ts';

/** The one place where errors become words and an exit code. */
export function reportError(deps: CliDeps, settings: Settings, thrown: unknown): ExitCode {
  const output = new Output(deps, settings);
  const error = translate(deps, thrown);
  if (output.isJson) {
    output.printDocument({
      error: error.message,
      code: error.code,
      ...(error instanceof JobError ? { job_id: error.jobId } : {}),
    });
  }
  output.error(error.message, error.code);
  if (settings['log-level'] === 'debug') output.log('debug', hideSecrets(inspect(thrown, { depth: 5 })));
  return exitCodeFor(error.code);
}

/** What was aborted by the user is no failure, however its AbortError is called. */
function translate({ signal }: CliDeps, thrown: unknown): ReplicatorError {
  if (thrown instanceof ReplicatorError || !signal.aborted) return toReplicatorError(thrown);
  return new ReplicatorError('interrupted', 'Interrupted.', { cause: thrown });
}
