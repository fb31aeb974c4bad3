import { randomUUID } from 'node:crypto';
import { EXIT_CODES, type ExitCode } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { connectToService } from '../service/connect-to-service.ts';
import { checkJobId } from './check-job-id.ts';

/** Submits a job that failed or was cancelled once more, from its checkpoint. */
export async function retryJob(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const oldId = checkJobId(context.argument);
  const accepted = await connectToService(context).retryJob(oldId, randomUUID());
  if (output.isJson) output.printDocument(accepted);
  else {
    output.printResult(accepted.job_id);
    output.note(
      `Job ${accepted.job_id} does the work of ${oldId} once more. To watch it: seren-replicator jobs watch ${accepted.job_id}`,
    );
  }
  return EXIT_CODES.done;
}
