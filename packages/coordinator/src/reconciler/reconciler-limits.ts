export interface ReconcilerLimits {
  /** Machines alive at a time; further jobs wait. */
  maxWorkers: number;
  /** Attempts that may be lost, one after the other, before the job has failed. */
  maxLostAttempts: number;
  /** How long an attempt that follows must have held its job for earlier losses to be forgotten. */
  steadyAttemptMs: number;
  /** From asking for a machine to the claim of its worker. */
  startDeadlineMs: number;
  /** For a worker to undo its work after a cancel was requested; longer than its own deadline. */
  cancelGraceMs: number;
  /** For a worker to exit by itself after its job has ended. */
  exitGraceMs: number;
}

/** For machines in EC2: to boot and to fetch the worker takes one to three minutes. */
export const DEFAULT_RECONCILER_LIMITS: ReconcilerLimits = {
  maxWorkers: 50,
  maxLostAttempts: 3,
  // Longer than it takes to catch up and to fall over the same change again.
  steadyAttemptMs: 60 * 60_000,
  startDeadlineMs: 10 * 60_000,
  cancelGraceMs: 120_000,
  exitGraceMs: 30_000,
};
