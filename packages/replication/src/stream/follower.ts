/** What reads the slot and what writes to the target, put together, from START_REPLICATION to the end or the first fault. */
import { ReplicatorError, type SyncProgress } from '@seren-replicator/job-models';
import pg from 'pg';
import type { Session } from '../session/session.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { Applier } from './applier.ts';
import { checkPublication } from './check-publication.ts';
import { CareNeededError, rowMissing, type ChangeContext } from './conflict.ts';
import { explainSourceFailure, explainTargetFailure } from './explain-failure.ts';
import { parseLsn } from './lsn.ts';
import type { ApplySession } from './open-apply-session.ts';
import { Pipeline } from './pipeline.ts';
import { pollPositions, type Positions } from './poll-positions.ts';
import { RelationMap } from './relation-map.ts';
import { ReplicationStream } from './replication-stream.ts';
import { SharedSession } from './shared-session.ts';
import { isConfirmed } from './take-slot.ts';
import { watchStream } from './watch-stream.ts';

export interface FollowerInput {
  /** Where to end; null for what the record says. */
  stopAt: string | null;
  /** One row and one transaction at a time, until one is committed. */
  isCareful: boolean;
  /** The source has begun to send. */
  onStart: () => void;
  /** Counts what this attempt has applied; `lag_bytes` is null until the source told it. */
  onProgress: (progress: Omit<SyncProgress, 'lag_bytes'> & { lag_bytes: number | null }) => void;
}

export interface FollowerSessions {
  /** Of the target, to look things up. */
  claim: Session;
  apply: ApplySession;
  /** Of the source, to look things up. */
  watcher: Session;
  replication: Session;
  /** As it is under the claim. */
  record: SyncRecord;
}

export interface FollowerResult {
  /** Whether the end that was asked for is reached; else it was careful, and something is committed. */
  isDone: boolean;
  applied: bigint;
}

export class Follower {
  readonly #input: FollowerInput & { signal: AbortSignal };
  readonly #sessions: FollowerSessions;
  readonly #pipeline: Pipeline<ChangeContext | null>;
  readonly #stream: ReplicationStream;
  readonly #applier: Applier;
  readonly #target: SharedSession;
  readonly #source: SharedSession;
  #stopAt: bigint | null = null;
  #walEnd: bigint | null = null;

  constructor(
    input: FollowerInput & { signal: AbortSignal; statusIntervalMs: number },
    sessions: FollowerSessions,
  ) {
    this.#input = input;
    this.#sessions = sessions;
    this.#target = new SharedSession(sessions.claim);
    this.#source = new SharedSession(sessions.watcher);
    const { record, apply } = sessions;
    const { isCareful, statusIntervalMs } = input;
    const from = parseLsn(record.applied);
    this.#noteStopAt(record.stopAt);
    this.#stream = new ReplicationStream({ sql: startReplication(record), from, statusIntervalMs });
    this.#pipeline = new Pipeline({
      onSync: () => this.#applier.noteCommitted(),
      onMismatch: ({ context }, rows) => this.#pipeline.fail(explainMismatch(context, rows, isCareful)),
      onFailure: (error) => this.#stream.fail(error),
    });
    const relations = new RelationMap({
      target: this.#target,
      source: this.#source,
      onReplace: (followed) => this.#applier.noteReplaced(followed),
    });
    const onPosition = () => this.#notePosition();
    const mayReorder = apply.isReplica;
    this.#applier = new Applier({
      pipeline: this.#pipeline,
      relations,
      record,
      from,
      isCareful,
      mayReorder,
      onPosition,
    });
  }

  async run(): Promise<FollowerResult> {
    const { apply, replication } = this.#sessions;
    const ending = new AbortController();
    // Whichever of the two is waited for.
    const onAbort = () => this.#pipeline.fail(new Error('aborted'));
    this.#input.signal.addEventListener('abort', onAbort, { once: true });
    apply.session.client.query(this.#pipeline);
    replication.client.query(this.#stream);
    const watching = this.#watch(ending.signal);
    try {
      await this.#stream.started;
      this.#input.onStart();
      return await this.#follow();
    } catch (error) {
      throw this.#explain(error);
    } finally {
      ending.abort();
      // The claim's session is used again, for what went wrong.
      await watching;
      this.#input.signal.removeEventListener('abort', onAbort);
    }
  }

  async #watch(ending: AbortSignal): Promise<void> {
    const { apply, replication, record } = this.#sessions;
    void watchStream(replication, () => this.#stream.isPaused, ending);
    void watchStream(apply.session, () => this.#pipeline.isIdle, ending);
    const onPositions = (positions: Positions) => this.#notePositions(positions);
    const shared = { target: this.#target, source: this.#source };
    try {
      await pollPositions({ ...shared, record, onPositions, signal: ending });
    } catch (error) {
      this.#stream.fail(error as Error);
    }
  }

  async #follow(): Promise<FollowerResult> {
    const { isCareful } = this.#input;
    while (!this.#isAtEnd && !(isCareful && this.#applier.transactions > 0)) {
      const items = await this.#stream.next();
      for (const item of items) {
        const wait = this.#applier.take(item);
        if (wait !== undefined) await wait;
      }
      await this.#applier.settle(this.#stopAt);
    }
    const isDone = this.#isAtEnd;
    await this.#pipeline.finish();
    // What a publication lacks looks as if there was nothing.
    await this.#source.use((session) => checkPublication(session, this.#sessions.record));
    await this.#endStream();
    return { isDone, applied: this.#applier.position };
  }

  /** In the middle of a large transaction the source does not stop at once; it does hear what is confirmed. */
  async #endStream(): Promise<void> {
    const { position } = this.#applier;
    this.#stream.confirm(position);
    try {
      await this.#stream.end();
    } catch (error) {
      const { name } = this.#sessions.record;
      if (!(await this.#source.use((session) => isConfirmed(session, name, position)))) throw error;
      this.#sessions.replication.cut();
    }
  }

  get #isAtEnd(): boolean {
    return this.#stopAt !== null && this.#applier.position >= this.#stopAt;
  }

  #noteStopAt(ofRecord: string | null): void {
    const stopAt = this.#input.stopAt ?? ofRecord;
    this.#stopAt = stopAt === null ? null : parseLsn(stopAt);
  }

  #notePosition(): void {
    const { position, transactions, rows } = this.#applier;
    this.#stream.confirm(position);
    const lag_bytes = this.#walEnd === null ? null : Math.max(0, Number(this.#walEnd - position));
    this.#input.onProgress({ transactions, rows, lag_bytes });
    this.#stream.wake();
  }

  #notePositions({ stopAt, walEnd }: Positions): void {
    this.#walEnd = parseLsn(walEnd);
    this.#noteStopAt(stopAt);
    this.#notePosition();
  }

  #explain(error: unknown): unknown {
    const { apply, replication, record } = this.#sessions;
    if (error !== this.#pipeline.failure) return explainSourceFailure(error, replication.where, record.name);
    const context = this.#pipeline.current?.context ?? null;
    return explainTargetFailure(error, apply.session.where, { context, isCareful: this.#input.isCareful });
  }
}

/** A careful attempt knows every row that it writes: what it has no context of is the position. */
function explainMismatch(context: ChangeContext | null, rows: number, isCareful: boolean): Error {
  if (context !== null) return rowMissing(context, rows);
  if (!isCareful) return new CareNeededError('a row was not found');
  return new ReplicatorError(
    'target_in_use',
    'Somebody else has moved the position up to which the target has applied changes; find out who follows too, then run sync again.',
  );
}

function startReplication({ name, applied }: SyncRecord): string {
  const publications = pg.escapeLiteral(pg.escapeIdentifier(name));
  return `START_REPLICATION SLOT ${pg.escapeIdentifier(name)} LOGICAL ${applied} (proto_version '1', publication_names ${publications})`;
}
