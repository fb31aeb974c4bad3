import type { DatabaseStatus } from '@seren-replicator/job-models';
import type { SyncRecord } from '../sync/sync-record.ts';
import type { TableNow } from './read-tables-now.ts';

export type Drift = DatabaseStatus['drift'][number];

/** What is known of a database's tables, by label. */
export interface TablesNow {
  source: ReadonlyMap<string, TableNow>;
  target: ReadonlyMap<string, TableNow>;
}

/** What fixes are written for. */
export type Follower = Pick<SyncRecord, 'name' | 'method'>;
