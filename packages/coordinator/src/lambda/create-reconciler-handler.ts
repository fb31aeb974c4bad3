/**
 * The reconciler as a function of events: of the clock, which makes a pass, and of the table's stream, which makes one
 * when a job waits for a machine. The stream tells of every heartbeat, and with keys alone: most of it needs nothing.
 *
 * A job that could not be moved fails its own records. Lambda then reads the stream again from the first of them;
 * those that were dealt with are looked at again, and left as they are.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
import { describeError } from '@seren-replicator/job-models';
import { getJob, type JobRecord, type JobTable } from '@seren-replicator/job-store';
import * as z from 'zod';
import { isJobId } from '../api/job-identity.ts';
import type { ReconcileSummary } from '../reconciler/reconcile.ts';
import { OutcomeCounter } from './outcome-counter.ts';
import type { Telemetry } from './telemetry.ts';

const streamRecordSchema = z.object({
  dynamodb: z.object({
    Keys: z.object({ job_id: z.object({ S: z.string() }) }),
    SequenceNumber: z.string(),
  }),
});
const streamEventSchema = z.object({ Records: z.array(streamRecordSchema) });
const clockEventSchema = z.object({ 'detail-type': z.literal('Scheduled Event') });
const eventSchema = z.union([streamEventSchema, clockEventSchema]);

type StreamRecord = z.infer<typeof streamRecordSchema>;

export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

interface Deps {
  table: JobTable;
  telemetry: Telemetry;
  now: () => Date;
  reconcile: (now: Date, changedJobIds: readonly string[]) => Promise<ReconcileSummary>;
}

export function createReconcilerHandler(deps: Deps): (event: unknown) => Promise<BatchResponse> {
  const counter = new OutcomeCounter(deps.telemetry.metrics);
  return (event) =>
    deps.telemetry.invocation(async () => {
      const read = eventSchema.parse(event);
      if ('Records' in read) return reconcileChanged(deps, counter, read.Records);
      await deps.reconcile(deps.now(), []);
      return { batchItemFailures: [] };
    });
}

async function reconcileChanged(
  deps: Deps,
  counter: OutcomeCounter,
  records: StreamRecord[],
): Promise<BatchResponse> {
  const now = deps.now();
  const jobIds = [...new Set(records.map(({ dynamodb }) => dynamodb.Keys.job_id.S).filter(isJobId))];
  const jobs = await Promise.all(jobIds.map(async (jobId) => [jobId, await readJob(deps, jobId)] as const));
  const failed = new Set<string>();
  const waiting: string[] = [];
  for (const [jobId, job] of jobs) {
    if (job === 'unreadable') failed.add(jobId);
    else if (job !== null) {
      counter.look(job, now);
      if (job.status === 'provisioning') waiting.push(jobId);
    }
  }
  if (waiting.length > 0) {
    const { failedJobIds } = await deps.reconcile(now, waiting);
    for (const jobId of failedJobIds) failed.add(jobId);
  }
  return {
    batchItemFailures: records
      .filter(({ dynamodb }) => failed.has(dynamodb.Keys.job_id.S))
      .map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })),
  };
}

async function readJob({ table, telemetry }: Deps, jobId: string): Promise<JobRecord | null | 'unreadable'> {
  try {
    return await getJob(table, { jobId });
  } catch (error) {
    telemetry.log.error({ jobId, failure: describeError(error) }, 'job could not be read');
    return 'unreadable';
  }
}
