import type { SyncRecord } from '../sync/sync-record.ts';
import { describeBytes, SYNC_COMMAND, type Judgement } from './judgement.ts';
import type { Lag } from './measure-lag.ts';

/** A worker of ours reads the slot and applies: whether one does, and what stopped it. */
export function judgeStream({ name, conflict }: SyncRecord, lag: Lag | null): Judgement {
  if (conflict !== null) {
    const { table, key, message, fix } = conflict;
    const row = key === '' ? '' : ` (${key})`;
    return {
      state: 'broken',
      conflicts: [conflict],
      attention: [
        {
          message: `a change of ${table}${row} cannot be applied: ${message}`,
          fix: `${fix}; then: ${SYNC_COMMAND}`,
        },
      ],
    };
  }
  if (lag?.wasRead === true) return { state: 'following', conflicts: [], attention: [] };
  const kept = lag === null ? '' : `; the source keeps ${describeBytes(lag.slot.retainedBytes)} of its log`;
  return {
    state: 'waiting',
    conflicts: [],
    attention: [{ message: `nobody reads the replication slot ${name}${kept}`, fix: SYNC_COMMAND }],
  };
}
