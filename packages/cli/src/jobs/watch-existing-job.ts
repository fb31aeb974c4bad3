import type { ExitCode, JobStatus } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { createProgressDisplay } from '../output/create-progress-display.ts';
import { followJob } from '../run-job/follow-job.ts';
import { outcomeOf, reportFailure, reportOutcome } from '../run-job/job-outcome.ts';
import { connectToService } from '../service/connect-to-service.ts';
import { checkJobId } from './check-job-id.ts';

/**
 * Goes back to a job and ends as the command that submitted it would have. As JSON, each status of the job that
 * differs from the one before is a line, the final one the last.
 */
export async function watchExistingJob(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const jobId = checkJobId(context.argument);
  const client = connectToService(context);
  const display = createProgressDisplay(context);
  const following = { client, jobId, isKnown: false, display };
  if (!output.isJson) return reportOutcome(context, outcomeOf(await followJob(context, following)));
  let last = '';
  const onStatus = (status: JobStatus): void => {
    const line = JSON.stringify(status);
    if (line !== last) output.printResult(line);
    last = line;
  };
  return reportFailure(context, outcomeOf(await followJob(context, { ...following, onStatus })));
}
