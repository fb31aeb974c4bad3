/** What the engine takes from whoever runs it, and what it gives back. */
import type { JobProgress, JobResult, ReplicatorError } from '@seren-replicator/job-models';
import type { Tuning } from './tuning.ts';

/** The part of a pino logger that the engine uses: constant messages, data in fields, never a credential. */
export interface EngineLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface EngineDeps {
  log: EngineLog;
  /** Called when something moved, at most a few times a second; must not throw. */
  onProgress: (progress: JobProgress) => void;
  /** Directories to look for a native pg_dump in, as in the environment variable PATH; empty for none. */
  path: string;
  /** What differs from DEFAULT_TUNING. */
  tuning?: Partial<Tuning>;
  /**
   * Called when the work is done, for whoever has to remember its outcome: after it, what an interrupted run would go
   * on with is dropped. When it throws, that stays.
   */
  onDone?: (outcome: CommandOutcome) => Promise<void>;
  /** Called when a copy is done whose changes this run goes on to apply, which lasts until it is told to end. */
  onCopied?: (outcome: CommandOutcome) => void;
  /** The job that this run is an attempt of. Without one, nothing on the target is known to be this run's own. */
  job?: JobIdentity;
  /** Ends the work: its sessions are ended on the servers before the run rejects. */
  signal: AbortSignal;
  /**
   * Decides which addresses of a host sessions are opened to; the system's resolver without it. What it gives is what
   * is connected to. It is asked for every session, and throws for a host that is out of bounds.
   */
  resolveHost?: ResolveHost;
}

export interface JobIdentity {
  /** The same for all attempts of a job, and for what is retried from it. */
  id: string;
  /** An earlier attempt has copied all there is to copy, and followed: there is nothing to be dropped or copied any more. */
  hasFollowed: boolean;
}

/** Of a Unix socket's directory there are none. */
export type ResolveHost = (
  side: 'source' | 'target',
  host: string,
) => Promise<readonly { address: string; family: number }[]>;

/**
 * A run that came to its end. `failure` is set when the end is a bad one that still has a result to show: checks
 * that failed (`checks_failed`), contents that differ (`contents_differ`). All other failures are thrown.
 */
export interface CommandOutcome {
  result: JobResult;
  failure: ReplicatorError | null;
}
