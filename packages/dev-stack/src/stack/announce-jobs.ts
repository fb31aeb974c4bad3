import { getJob, listJobsByStatus, type JobRecord, type JobTable } from '@seren-replicator/job-store';

/**
 * Says, each time it is called, what has become of jobs since the last time, one line per job. A job that is begun
 * and ended between two calls must be named by `note`.
 */
export function jobAnnouncer(table: JobTable, say: (line: string) => void) {
  const lastLines = new Map<string, string>();

  const announce = (job: JobRecord): void => {
    const line = describe(job);
    if (lastLines.get(job.job_id) !== line) say(line);
    lastLines.set(job.job_id, line);
  };

  return {
    note: (jobId: string): void => {
      if (!lastLines.has(jobId)) lastLines.set(jobId, '');
    },
    announceAll: async (): Promise<void> => {
      const [running, provisioning] = await Promise.all([
        listJobsByStatus(table, { status: 'running' }),
        listJobsByStatus(table, { status: 'provisioning' }),
      ]);
      const unfinished = [...running.jobs, ...provisioning.jobs];
      unfinished.forEach(announce);
      const listed = new Set(unfinished.map((job) => job.job_id));
      for (const jobId of [...lastLines.keys()].filter((id) => !listed.has(id))) {
        const job = await getJob(table, { jobId });
        if (job !== null) announce(job);
        lastLines.delete(jobId);
      }
    },
  };
}

function describe(job: JobRecord): string {
  const attempt = job.attempt > 1 ? ` (attempt ${job.attempt})` : '';
  const wish =
    job.cancel_requested_at !== undefined && job.completed_at === undefined ? ', to be cancelled' : '';
  const failure = job.error_code === undefined ? '' : `: ${job.error_code}: ${job.error ?? ''}`;
  const line = `job ${job.job_id} ${job.command} ${job.status}${attempt}${wish}${failure}`;
  // A server's words may be in it, and they may span lines or steer a terminal.
  return line.replace(/\p{Cc}+/gu, ' ');
}
