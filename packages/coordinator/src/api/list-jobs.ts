import type { JobList, JobState } from '@seren-replicator/job-models';
import { listJobsByOwner } from '@seren-replicator/job-store';
import type { ApiDeps } from './api-deps.ts';
import { formatCursor, parseCursor } from './list-cursor.ts';
import { toJobStatus } from './to-job-status.ts';

export async function listJobs(
  { table, log }: ApiDeps,
  request: { owner: string; status?: JobState | undefined; limit: number; cursor?: string | undefined },
): Promise<JobList> {
  const { owner, status, limit, cursor } = request;
  const { jobs, unreadable, next } = await listJobsByOwner(table, {
    owner,
    limit,
    ...(status === undefined ? {} : { status }),
    ...(cursor === undefined ? {} : { after: parseCursor(cursor) }),
  });
  if (unreadable.length > 0) log.error({ jobIds: unreadable }, 'job records cannot be read');
  return { jobs: jobs.map(toJobStatus), next_cursor: next === null ? null : formatCursor(next) };
}
