import { EXIT_CODES, type ExitCode } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { formatJob } from '../output/format-job.ts';
import { connectToService } from '../service/connect-to-service.ts';
import { checkJobId } from './check-job-id.ts';

/** Exits 0 however the job ended: the question was answered. */
export async function showJob(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const job = await connectToService(context).getJob(checkJobId(context.argument));
  if (output.isJson) output.printDocument(job);
  else output.printResult(formatJob(output.colors, job));
  return EXIT_CODES.done;
}
