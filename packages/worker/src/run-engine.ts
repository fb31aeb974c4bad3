import { jobResultSchema, ReplicatorError } from '@seren-replicator/job-models';
import type { JobRecord } from '@seren-replicator/job-store';
import { runCommand, type CommandOutcome, type EngineDeps } from '@seren-replicator/replication';
import type { UrlSealer } from '@seren-replicator/sealing';
import { openSpecification } from './open-specification.ts';

/**
 * Runs the job's command. Rejects at the latest `stopDeadlineMs` after the signal: an engine that does not stop ends
 * with the process.
 */
export async function runEngine(
  deps: EngineDeps & { sealer: Pick<UrlSealer, 'open'> },
  { job, stopDeadlineMs }: { job: JobRecord; stopDeadlineMs: number },
): Promise<CommandOutcome> {
  const specification = await openSpecification(deps.sealer, job);
  const { result, failure } = await within(stopDeadlineMs, deps.signal, runCommand(deps, specification));
  // A result that could not be stored is a failure here, and not after the work is said to be done.
  return { result: jobResultSchema.parse(result), failure };
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
