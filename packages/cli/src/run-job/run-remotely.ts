import { randomUUID } from 'node:crypto';
import { ReplicatorError, type JobAccepted, type JobSpecificationInput } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { createProgressDisplay } from '../output/create-progress-display.ts';
import { connectToService } from '../service/connect-to-service.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { followJob } from './follow-job.ts';
import { outcomeOf, type JobOutcome } from './job-outcome.ts';

/** Submits a job to the service and follows it to its end. */
export async function runRemotely(
  context: CommandContext,
  specification: JobSpecificationInput,
): Promise<JobOutcome> {
  const { settings, output } = context;
  const client = connectToService(context);
  const { job_id: jobId } = await submitJob(context, client, specification);
  if (output.isJson && settings.progress === true) output.printDocument({ job_id: jobId });
  output.note(`Job ${jobId} is submitted. It goes on without this terminal.`);
  const display = createProgressDisplay(context);
  return outcomeOf(await followJob(context, { client, jobId, isKnown: true, display }));
}

async function submitJob(
  { deps, settings }: CommandContext,
  client: ServiceClient,
  specification: JobSpecificationInput,
): Promise<JobAccepted> {
  try {
    // Without a key the service will refuse: let it do so before the databases' passwords are sent.
    if (settings['api-key'] === undefined) await client.listJobs({ limit: 1 });
    return await client.submitJob(specification, randomUUID());
  } catch (error) {
    if (!deps.signal.aborted) throw error;
    throw new ReplicatorError(
      'interrupted',
      'Interrupted while the job was being submitted; "seren-replicator jobs list" shows whether it was.',
      { cause: error },
    );
  }
}
