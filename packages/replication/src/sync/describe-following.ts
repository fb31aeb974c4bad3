import type { Following } from '@seren-replicator/job-models';
import type { FollowedDatabase } from './follow-all.ts';

/** How a database follows, for results. */
export function describeFollowing({ servers, record }: FollowedDatabase): Following {
  return {
    database: servers.target.database,
    method: record.method,
    reason: record.reason,
    tables: record.tables.length,
    left_out: [...record.leftOut],
  };
}
