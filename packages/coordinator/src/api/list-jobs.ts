import type { JobList, JobState } from '@seren-replicator/job-models';
import { listJobsByOwner, type ListPosition } from '@seren-replicator/job-store';
import * as z from 'zod';
import type { ApiDeps } from './api-deps.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { toJobStatus } from './to-job-status.ts';

const positionSchema = z.tuple([z.iso.datetime(), z.uuid()]);

export async function listJobs(
  { table, log }: ApiDeps,
  request: { owner: string; status?: JobState | undefined; limit: number; cursor?: string | undefined },
): Promise<JobList> {
  const { owner, status, limit, cursor } = request;
  const { jobs, unreadable, next } = await listJobsByOwner(table, {
    owner,
    limit,
    ...(status === undefined ? {} : { status }),
    ...(cursor === undefined ? {} : { after: readPosition(cursor) }),
  });
  if (unreadable.length > 0) log.error({ jobIds: unreadable }, 'job records cannot be read');
  return {
    jobs: jobs.map(toJobStatus),
    next_cursor: next === null ? null : formatCursor([next.createdAt, next.jobId]),
  };
}

function readPosition(cursor: string): ListPosition {
  const [createdAt, jobId] = parseCursor(positionSchema, cursor);
  return { createdAt, jobId };
}
