import { isFinalState } from '@seren-replicator/job-models';
import type { JobRecord } from '@seren-replicator/job-store';
import type { ReconcilerLimits } from './reconciler-limits.ts';
import type { WorkerMachine } from './worker-fleet.ts';

/** Whether a machine that is alive still has work. One whose job has just ended is about to exit by itself. */
export function decideMachine(
  { machine, job, now }: { machine: WorkerMachine; job: JobRecord | null; now: Date },
  limits: ReconcilerLimits,
): 'keep' | 'stop' {
  if (job === null) return 'stop';
  if (!isFinalState(job.status)) return job.attempt === machine.attempt ? 'keep' : 'stop';
  const endedAt = Date.parse(job.completed_at ?? job.created_at);
  return endedAt + limits.exitGraceMs <= now.getTime() ? 'stop' : 'keep';
}
