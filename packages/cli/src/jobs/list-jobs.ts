import { EXIT_CODES, type ExitCode, type JobList } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { DEFAULT_LIMIT } from '../options/option-definitions.ts';
import { formatJobs } from '../output/format-job.ts';
import { connectToService } from '../service/connect-to-service.ts';

/** What the service gives at most in one answer. */
const PAGE_SIZE = 100;

export async function listJobs(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const list = await readJobs(context);
  if (output.isJson) {
    output.printDocument(list);
    return EXIT_CODES.done;
  }
  if (list.jobs.length > 0) output.printResult(formatJobs(output.colors, list.jobs));
  else output.note('There are no such jobs.');
  if (list.next_cursor !== null) output.note('There are more; --limit N lists more of them.');
  return EXIT_CODES.done;
}

async function readJobs(context: CommandContext): Promise<JobList> {
  const { status, limit = DEFAULT_LIMIT } = context.settings;
  const client = connectToService(context);
  const jobs: JobList['jobs'] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listJobs({ status, limit: Math.min(limit - jobs.length, PAGE_SIZE), cursor });
    jobs.push(...page.jobs);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && jobs.length < limit);
  return { jobs, next_cursor: cursor ?? null };
}
