import { ReplicatorError, type JobFilter } from '@seren-replicator/job-models';
import { describeDifferences, describeFilter } from '../checkpoint/fingerprint.ts';
import type { SyncRecord } from './sync-record.ts';

/**
 * Which tables and rows are followed was decided by the copy, and is in its record. Filters may be said again, or left
 * out.
 *
 * @throws ReplicatorError `invalid_request` for others
 */
export function refuseOtherFilters(
  { fingerprint }: Pick<SyncRecord, 'fingerprint'>,
  filter: JobFilter,
): void {
  const asked = describeFilter(filter);
  const names = Object.keys(asked);
  if (names.every((name) => asked[name] === NONE)) return;
  // The record of a way back has none.
  const copied = Object.fromEntries(names.map((name) => [name, fingerprint[name] ?? NONE]));
  const differences = describeDifferences(copied, asked);
  if (differences.length === 0) return;
  throw new ReplicatorError(
    'invalid_request',
    `What is followed was decided by the copy (${differences.join('; ')}); leave the filters of tables and rows out.`,
  );
}

const NONE = '[]';
