/** What a look at a database comes to, and the words that judges of its parts share. */
import type { DatabaseStatus, SyncConflict, SyncState } from '@seren-replicator/job-models';

export type Attention = DatabaseStatus['attention'][number];

export interface Judgement {
  state: SyncState;
  /** What the state comes from is first. */
  attention: Attention[];
  conflicts: SyncConflict[];
}

export const SYNC_COMMAND = 'seren-replicator sync';
/** What is lost of the log cannot be had again; only rows can. */
export const BEGIN_ANEW = 'seren-replicator init --drop-existing';

export function describeBytes(bytes: bigint): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = Number(bytes);
  let unit = 0;
  for (; value >= 1_024 && unit < units.length - 1; unit += 1) value /= 1_024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}
