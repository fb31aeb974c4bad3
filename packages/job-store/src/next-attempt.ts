import type { JobRecord } from './job-record.ts';

/** What belongs to one attempt and must not be taken for the next one's. */
export const leftByAttempt = [
  'worker_id',
  'claimed_at',
  'lease_expires_at',
  'machine_requested_at',
  'progress',
] as const satisfies readonly (keyof JobRecord)[];
