import type { JobProgress, SyncProgress } from '@seren-replicator/job-models';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from './format-quantities.ts';

/** Progress in the parts that both displays are made of; a part that says nothing is left out. */
export interface ProgressParts {
  phase: string;
  /** From 0 to 1; null where there is nothing to measure it by. */
  fraction: number | null;
  parts: string[];
  remaining: string | null;
}

/** `bytesPerSecond` is null where it is not known yet. */
export function describeProgress(progress: JobProgress, bytesPerSecond: number | null): ProgressParts {
  if (progress.sync !== undefined) return describeFollowing(progress, progress.sync);
  const { tables_completed, tables_total, rows_copied, bytes_copied, bytes_total } = progress;
  const parts: string[] = [];
  if (progress.databases_total > 1) {
    const current = progress.current_database === null ? '' : ` (${progress.current_database})`;
    parts.push(`${progress.databases_completed} of ${progress.databases_total} databases${current}`);
  }
  if (tables_total > 0) parts.push(`${formatCount(tables_completed)} of ${formatCount(tables_total)} tables`);
  if (rows_copied > 0) parts.push(`${formatCount(rows_copied)} rows`);
  if (bytes_total > 0) parts.push(`${formatBytes(bytes_copied)} of ${formatBytes(bytes_total)}`);
  if (bytesPerSecond !== null && bytesPerSecond > 0) parts.push(`${formatBytes(bytesPerSecond)}/s`);
  const seconds = remainingSeconds(progress, bytesPerSecond);
  return {
    phase: progress.phase,
    fraction: fractionOf(progress),
    parts,
    remaining: seconds === null || seconds <= 0 ? null : `${formatSeconds(Math.ceil(seconds))} left`,
  };
}

/** It has no end to be near to: the copy's figures, which are complete, say nothing any more. */
function describeFollowing(
  progress: JobProgress,
  { transactions, rows, lag_bytes }: SyncProgress,
): ProgressParts {
  const databases = progress.databases_total > 1 ? [formatCountOf(progress.databases_total, 'database')] : [];
  const applied = `${formatCountOf(transactions, 'transaction')} with ${formatCountOf(rows, 'row')} applied`;
  const parts = [...databases, applied, `${formatBytes(lag_bytes)} behind`];
  return { phase: progress.phase, fraction: null, parts, remaining: null };
}

/** By bytes, or by tables where no bytes are known, as while contents are compared. */
function fractionOf(progress: JobProgress): number | null {
  const [done, total] =
    progress.bytes_total > 0
      ? [progress.bytes_copied, progress.bytes_total]
      : [progress.tables_completed, progress.tables_total];
  return total > 0 ? Math.min(1, done / total) : null;
}

/** The engine knows more than bytes and rate; its own estimate comes first. */
function remainingSeconds(progress: JobProgress, bytesPerSecond: number | null): number | null {
  if (progress.eta_seconds !== null) return progress.eta_seconds;
  const bytesLeft = progress.bytes_total - progress.bytes_copied;
  if (bytesPerSecond === null || bytesPerSecond <= 0 || bytesLeft <= 0) return null;
  return bytesLeft / bytesPerSecond;
}
