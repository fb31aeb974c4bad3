import type { Condition } from './conditional-update.ts';

/**
 * Why an attempt counts as lost. `lease_expired`: its worker fell silent, and a heartbeat that comes in first keeps the
 * job. `never_claimed`: its machine did not bring a worker, and a claim that comes in first keeps it. That a machine is
 * gone is neither: another one may have been started for the same attempt.
 */
export type LossEvidence = 'lease_expired' | 'never_claimed';

export function lossConditions(because: LossEvidence, now: Date): Condition[] {
  switch (because) {
    case 'lease_expired':
      return [{ attribute: 'lease_expires_at', atMost: now.toISOString() }];
    case 'never_claimed':
      return [{ attribute: 'worker_id', exists: false }];
  }
}
