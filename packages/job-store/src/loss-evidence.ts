import type { Condition } from './conditional-update.ts';

/**
 * Why an attempt counts as lost. `machine_gone`: there is nothing that could still write. `lease_expired`: there may
 * be, and a heartbeat that comes in first keeps the job. `never_claimed`: its machine did not start in time, and a
 * claim that comes in first keeps it.
 */
export type LossEvidence = 'machine_gone' | 'lease_expired' | 'never_claimed';

export function lossConditions(because: LossEvidence, now: Date): Condition[] {
  switch (because) {
    case 'machine_gone':
      return [];
    case 'lease_expired':
      return [{ attribute: 'lease_expires_at', atMost: now.toISOString() }];
    case 'never_claimed':
      return [{ attribute: 'worker_id', exists: false }];
  }
}
