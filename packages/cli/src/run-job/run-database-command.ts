import type { ExitCode, JobCommand } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { reportOutcome } from './job-outcome.ts';
import { runLocally } from './run-locally.ts';
import { runRemotely } from './run-remotely.ts';
import { specifyJob } from './specify-job.ts';

/** Runs a command on databases, here or through the service, and reports how it ended. */
export async function runDatabaseCommand(context: CommandContext, command: JobCommand): Promise<ExitCode> {
  const specification = await specifyJob(context, command);
  const outcome =
    context.settings.local === true
      ? await runLocally(context, specification.complete)
      : await runRemotely(context, specification.written);
  return reportOutcome(context, outcome);
}
