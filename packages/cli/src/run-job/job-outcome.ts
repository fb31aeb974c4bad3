import {
  EXIT_CODES,
  exitCodeFor,
  isFinalState,
  type ExitCode,
  type JobResult,
  type JobStatus,
} from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { formatResult } from '../output/format-result.ts';

/** How a job ended, wherever it ran. */
export interface JobOutcome {
  /** Null for a local run. */
  jobId: string | null;
  result: JobResult | null;
  failure: JobFailure | null;
}

interface JobFailure {
  message: string;
  /** May be one of a newer service, which this client does not know. */
  code: string;
}

/** What a final status says, in the terms of a local run. */
export function outcomeOf(status: JobStatus): JobOutcome {
  return { jobId: status.job_id, result: status.result, failure: failureOf(status) };
}

function failureOf({ status, error, error_code }: JobStatus): JobFailure | null {
  switch (status) {
    case 'completed':
      return error_code === null ? null : { message: error ?? 'The job failed.', code: error_code };
    case 'failed':
      return { message: error ?? 'The job failed.', code: error_code ?? 'internal' };
    case 'cancelled':
      return { message: error ?? 'The job was cancelled.', code: error_code ?? 'cancelled' };
    default:
      return {
        message: `The job is "${status}"${isFinalState(status) ? ', which this version does not know; update seren-replicator and run: jobs show' : ''}.`,
        code: error_code ?? 'internal',
      };
  }
}

/** Prints a job's end as the one document or as a summary. @returns the exit code that it deserves. */
export function reportOutcome(context: CommandContext, outcome: JobOutcome): ExitCode {
  const { output } = context;
  const { jobId, result, failure } = outcome;
  if (output.isJson) {
    output.printDocument({
      ...(jobId === null ? {} : { job_id: jobId }),
      ...result,
      ...(failure === null ? {} : { error: failure.message, code: failure.code }),
    });
  } else if (result !== null) {
    output.printResult(formatResult(output.colors, result));
  }
  return reportFailure(context, outcome);
}

/** The failure alone, where the rest has been printed. */
export function reportFailure({ output }: CommandContext, { failure }: JobOutcome): ExitCode {
  if (failure === null) return EXIT_CODES.done;
  output.error(failure.message, failure.code);
  return exitCodeFor(failure.code);
}
