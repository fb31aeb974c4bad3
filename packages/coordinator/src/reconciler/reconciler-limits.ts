export interface ReconcilerLimits {
  /** Machines alive at a time; further jobs wait. */
  maxWorkers: number;
  /** Attempts that may be lost before the job has failed. */
  maxLostAttempts: number;
  /** From asking for a machine to the claim of its worker. */
  startDeadlineMs: number;
  /** For a worker to undo its work after a cancel was requested. */
  cancelGraceMs: number;
  /** For a worker to exit by itself after its job has ended. */
  exitGraceMs: number;
}

/** For machines in EC2: to boot and to fetch the worker takes one to three minutes. */
export const DEFAULT_RECONCILER_LIMITS: ReconcilerLimits = {
  maxWorkers: 50,
  maxLostAttempts: 3,
  startDeadlineMs: 10 * 60_000,
  cancelGraceMs: 60_000,
  exitGraceMs: 30_000,
};
