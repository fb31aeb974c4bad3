import {
  ConnectionUrl,
  jobResultSchema,
  ReplicatorError,
  type JobSpecification,
} from '@seren-replicator/job-models';
import type { Reach } from '@seren-replicator/reach';
import type { JobRecord } from '@seren-replicator/job-store';
import {
  runCommand,
  type CommandOutcome,
  type EngineDeps,
  type JobIdentity,
} from '@seren-replicator/replication';
import type { UrlSealer } from '@seren-replicator/sealing';
import { openSpecification } from './open-specification.ts';

/**
 * Runs the job's command. Rejects at the latest `stopDeadlineMs` after the signal: an engine that does not stop ends
 * with the process.
 */
export async function runEngine(
  deps: Omit<EngineDeps, 'resolveHost' | 'job'> &
    Required<Pick<EngineDeps, 'onDone'>> & { sealer: Pick<UrlSealer, 'open'>; reach: Reach },
  { job, stopDeadlineMs }: { job: JobRecord; stopDeadlineMs: number },
): Promise<CommandOutcome> {
  const specification = await openSpecification(deps.sealer, job);
  await checkUrls(deps.reach, specification);
  const { reach, ...engineDeps } = deps;
  const resolveHost = reach.resolve.bind(reach);
  const onDone = (outcome: CommandOutcome): Promise<void> => deps.onDone(checked(outcome));
  const running = runCommand({ ...engineDeps, job: identityOf(job), onDone, resolveHost }, specification);
  return checked(await within(stopDeadlineMs, deps.signal, running));
}

/** A job that is done once more goes on with the work of the first, for which its URLs were sealed. */
function identityOf({ job_id, sealed_for, followed_at }: JobRecord): JobIdentity {
  return { id: sealed_for ?? job_id, hasFollowed: followed_at !== undefined };
}

/** A result that could not be stored is a failure here, and not after the work is said to be done. */
function checked({ result, failure }: CommandOutcome): CommandOutcome {
  return { result: jobResultSchema.parse(result), failure };
}

/** Once more: the rules may be others by now, and names may lead elsewhere from here. */
async function checkUrls(reach: Reach, { source_url, target_url }: JobSpecification): Promise<void> {
  await reach.checkUrl('source', ConnectionUrl.parse(source_url));
  await reach.checkUrl('target', ConnectionUrl.parse(target_url));
}

async function within<Value>(deadlineMs: number, stopped: AbortSignal, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    const isOverdue = (): void =>
      reject(new ReplicatorError('internal', `The work did not stop within ${deadlineMs} ms.`));
    const startTimer = (): void => {
      timer = setTimeout(isOverdue, deadlineMs);
    };
    if (stopped.aborted) startTimer();
    else stopped.addEventListener('abort', startTimer, { once: true });
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
