/**
 * What one parallel worker of a run owns: a session on each side, the source's under the run's snapshot. When one of
 * them breaks, both are replaced: what the old ones were doing on the servers is ended first, so that a repeated step
 * never meets its own ghost.
 */
import { endBackends } from '../session/end-backends.ts';
import type { Session } from '../session/session.ts';

export interface LaneParts {
  source: Session;
  target: Session;
  open: (side: 'source' | 'target') => Promise<Session>;
  /** Begins the transaction of a session anew, under the same snapshot. */
  rejoin: (session: Session) => Promise<void>;
  close: (session: Session) => Promise<void>;
}

/**
 * A query locks a table and all its indexes until its transaction ends, and a server has room for a few thousand locks.
 * The snapshot's own session keeps the tables as they are.
 */
const READS_PER_TRANSACTION = 10;

export class Lane {
  #source: Session;
  #target: Session;
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
    await endBackends(this.#source, [ghosts.source]);
    this.#target = await this.#open('target');
    await endBackends(this.#target, [ghosts.target]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#close(this.#source), this.#close(this.#target)]);
  }
}
