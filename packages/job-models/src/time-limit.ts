/** Which jobs follow a source for as long as that is wanted, and how long all others may take. */

const DEFAULT_TIME_LIMIT_SECONDS = 28_800;

/** The part of a specification that decides it, as a job record has it, too. */
export interface TimedWork {
  command: string;
  options: {
    no_sync?: boolean | undefined;
    stop?: boolean | undefined;
    job_timeout_seconds?: number | undefined;
  };
}

/** True for work that goes on when the target has caught up, unless the target follows by itself. */
export function isFollower({ command, options }: TimedWork): boolean {
  return command === 'sync' ? options.stop !== true : command === 'init' && options.no_sync !== true;
}

/** From the first claim of a job until it has failed; null for as long as it is wanted. What was asked for always counts. */
export function timeLimitSeconds(work: TimedWork): number | null {
  return work.options.job_timeout_seconds ?? (isFollower(work) ? null : DEFAULT_TIME_LIMIT_SECONDS);
}
