import type { JobStatus } from '@seren-replicator/job-models';
import { describeProgress } from './describe-progress.ts';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatResult } from './format-result.ts';
import { formatTable, type Cell } from './format-table.ts';
import type { Colors } from './output.ts';

export function formatJobs(colors: Colors, jobs: readonly JobStatus[]): string {
  return formatTable({
    colors,
    head: ['job', 'command', 'status', 'created', 'source', 'target'],
    rows: jobs.map((job) => [
      job.job_id,
      job.command,
      formatState(colors, job.status),
      job.created_at.replace(/\.\d+Z$/, 'Z'),
      withoutScheme(job.source),
      withoutScheme(job.target),
    ]),
  });
}

/** Host and database: what tells jobs apart, and fits beside the rest. */
function withoutScheme(url: string): string {
  return url.replace(/^[a-z]+:\/\/(?:[^@/]*@)?/, '');
}

export function formatJob(colors: Colors, job: JobStatus): string {
  const fields: [string, string | null][] = [
    ['job', job.job_id],
    ['command', job.command],
    ['retry of', job.retry_of ?? null],
    ['status', job.status],
    ['attempt', String(job.attempt)],
    ['source', job.source],
    ['target', job.target],
    ['created', job.created_at],
    ['started', job.started_at],
    ['completed', job.completed_at],
    ['progress', job.result === null ? formatProgress(job) : null],
    ['error', job.error],
    ['code', job.error_code],
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === null ? [] : [`${colors.bold(name.padEnd(9))}  ${escapeControlCharacters(value)}`],
  );
  return [...lines, ...(job.result === null ? [] : ['', formatResult(colors, job.result)])].join('\n');
}

function formatProgress({ progress }: JobStatus): string | null {
  if (progress === null) return null;
  const { phase, parts, remaining } = describeProgress(progress, null);
  return [phase, ...parts, ...(remaining === null ? [] : [remaining])].join(', ');
}

function formatState(colors: Colors, state: string): Cell {
  const paint = { completed: colors.green, failed: colors.red, cancelled: colors.yellow }[state];
  return paint === undefined ? state : { text: state, paint };
}
