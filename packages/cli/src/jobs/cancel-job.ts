import { EXIT_CODES, isFinalState, type ExitCode, type JobStatus } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { connectToService } from '../service/connect-to-service.ts';
import { checkJobId } from './check-job-id.ts';

export async function cancelJob(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const job = await connectToService(context).cancelJob(checkJobId(context.argument));
  if (output.isJson) output.printDocument(job);
  else output.note(describeCancel(job));
  return EXIT_CODES.done;
}

/** A cancel ends the work, not what continuous sync needs to go on: that would cost a whole copy. */
function describeCancel(job: JobStatus): string {
  const state = `Job ${job.job_id} is ${isFinalState(job.status) ? job.status : 'being cancelled'}.`;
  const isFollower = job.command === 'sync' || (job.progress?.sync ?? null) !== null;
  if (!isFollower && job.command !== 'init') return state;
  const subject = isFollower ? 'The' : 'Unless it was submitted with --no-sync, the';
  return `${state} ${subject} source keeps its log for the target until "seren-replicator sync" goes on or "seren-replicator sync --stop" ends that.`;
}
