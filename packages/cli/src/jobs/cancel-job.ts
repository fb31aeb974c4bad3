import { EXIT_CODES, isFinalState, type ExitCode } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { connectToService } from '../service/connect-to-service.ts';
import { checkJobId } from './check-job-id.ts';

export async function cancelJob(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const job = await connectToService(context).cancelJob(checkJobId(context.argument));
  if (output.isJson) output.printDocument(job);
  else output.note(`Job ${job.job_id} is ${isFinalState(job.status) ? job.status : 'being cancelled'}.`);
  return EXIT_CODES.done;
}
