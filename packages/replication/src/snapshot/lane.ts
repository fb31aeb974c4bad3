/**
 * What one parallel worker of a run owns: a session on each side, the source's under the run's snapshot. When one of
 * them breaks, both are replaced: what the old ones were doing on the servers is ended first, so that a repeated step
 * never meets its own ghost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';

export interface LaneParts {
  source: Session;
  target: Session;
  open: (side: 'source' | 'target') => Promise<Session>;
  /** Begins the transaction of a session anew, under the same snapshot. */
  rejoin: (session: Session) => Promise<void>;
  close: (session: Session) => Promise<void>;
}

const GHOST_DEADLINE_MS = 30_000;
const GHOST_POLL_MS = 100;
/**
 * A query locks a table and all its indexes until its transaction ends, and a server has room for a few thousand locks.
 * The snapshot's own session keeps the tables as they are.
 */
const READS_PER_TRANSACTION = 10;

export class Lane {
  #source: Session;
  #target: Session;
  #movedBytes = 0;
  #reads = 0;
  readonly #open: LaneParts['open'];
  readonly #rejoin: LaneParts['rejoin'];
  readonly #close: LaneParts['close'];

  constructor({ source, target, open, rejoin, close }: LaneParts) {
    this.#source = source;
    this.#target = target;
    this.#open = open;
    this.#rejoin = rejoin;
    this.#close = close;
  }

  get source(): Session {
    return this.#source;
  }

  get target(): Session {
    return this.#target;
  }

  /** Bytes of COPY streams that went through, to tell movement from silence. */
  get movedBytes(): number {
    return this.#movedBytes;
  }

  noteBytes(bytes: number): void {
    this.#movedBytes += bytes;
  }

  /** To be called after a table was read by queries: every now and then gives back the locks that they took. */
  async noteRead(): Promise<void> {
    this.#reads += 1;
    if (this.#reads % READS_PER_TRANSACTION !== 0) return;
    await Promise.all([this.#rejoin(this.#source), this.#rejoin(this.#target)]);
  }

  /** Ends both connections without a word; what is under way on them fails as lost. */
  cut(): void {
    this.#source.cut();
    this.#target.cut();
  }

  /** Replaces both sessions. When it rejects, the lane may be renewed again. */
  async renew(): Promise<void> {
    const ghosts = { source: this.#source.processId, target: this.#target.processId };
    this.cut();
    await this.close();
    this.#source = await this.#open('source');
    await endBackend(this.#source, ghosts.source);
    this.#target = await this.#open('target');
    await endBackend(this.#target, ghosts.target);
  }

  async close(): Promise<void> {
    await Promise.all([this.#close(this.#source), this.#close(this.#target)]);
  }
}

/** Ends one of our own server processes and waits until it is gone. */
async function endBackend(session: Session, processId: number): Promise<void> {
  const deadline = performance.now() + GHOST_DEADLINE_MS;
  for (;;) {
    // Within a transaction, and the source's session is in one, a server shows the same activity again and again.
    await session.execute('look for a lost session', 'SELECT pg_catalog.pg_stat_clear_snapshot()');
    const alive = await session.query(
      'end a lost session',
      `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
       WHERE pid = $1 AND pid <> pg_catalog.pg_backend_pid()`,
      [processId],
    );
    if (alive.length === 0) return;
    if (performance.now() > deadline) {
      throw new ReplicatorError(
        'connection_lost',
        `The ${session.where} does not end a lost session of this run.`,
      );
    }
    await sleep(GHOST_POLL_MS);
  }
}
