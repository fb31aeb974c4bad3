/**
 * The log of a job, which is those of its attempts one after the other. A page that is empty is the end for now: its
 * cursor leads to what comes later, also to the log of an attempt that is not there yet.
 */
import type { JobLog, JobLogEvent } from '@seren-replicator/job-models';
import { getJob } from '@seren-replicator/job-store';
import * as z from 'zod';
import type { ApiDeps } from './api-deps.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { isJobId } from './job-identity.ts';
import type { LogLine } from './job-logs.ts';
import { jobNotFound } from './show-job.ts';

const MAX_POSITION_LENGTH = 200;
const positionSchema = z.tuple([z.int().min(1), z.string().max(MAX_POSITION_LENGTH).nullable()]);

export async function showLogs(
  { table, logs }: Pick<ApiDeps, 'table' | 'logs'>,
  request: { owner: string; jobId: string; limit: number; cursor?: string | undefined },
): Promise<JobLog> {
  const { owner, jobId, limit, cursor } = request;
  const job = isJobId(jobId) ? await getJob(table, { jobId }) : null;
  if (job?.owner !== owner) throw jobNotFound();
  let [attempt, position] = cursor === undefined ? [1, null] : parseCursor(positionSchema, cursor);
  for (;;) {
    const page = await logs.read({ jobId, attempt }, { position, limit });
    if (page.lines.length > 0 || attempt >= job.attempt) {
      return {
        events: page.lines.map((line) => toEvent(line, job.created_at)),
        next_cursor: formatCursor([attempt, page.position]),
      };
    }
    attempt += 1;
    position = null;
  }
}

/** What pino calls `time` and `msg` is `at` and `message`; what is not JSON is a message. */
function toEvent({ text, at }: LogLine, earliest: string): JobLogEvent {
  const { time, level, msg, ...fields } = parseLine(text);
  return {
    ...fields,
    at: typeof time === 'string' ? time : (at ?? earliest),
    level: typeof level === 'string' ? level : 'info',
    message: typeof msg === 'string' ? msg : text,
  };
}

function parseLine(text: string): Record<string, unknown> {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null && !Array.isArray(line) ? { ...line } : {};
  } catch {
    return {};
  }
}
