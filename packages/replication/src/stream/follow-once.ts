/**
 * Follows the source for as long as its sessions last: one that holds the claim and looks things up on the target, one
 * that writes there, one that looks things up on the source, one that reads the slot. The first to fail ends them all.
 */
import { ReplicatorError, type SyncProgress } from '@seren-replicator/job-models';
import pg from 'pg';
import { withApplierClaim } from '../checkpoint/claim-target.ts';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { translateError } from '../session/translate-error.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { tuningOf } from '../tuning.ts';
import { Applier } from './applier.ts';
import {
  conflictError,
  isRefusal,
  noteConflict,
  refusal,
  rowMissing,
  SyncConflictError,
  type ChangeContext,
} from './conflict.ts';
import { parseLsn } from './lsn.ts';
import { openApplySession, type ApplySession } from './open-apply-session.ts';
import { Pipeline } from './pipeline.ts';
import { pollPositions, type Positions } from './poll-positions.ts';
import { RelationMap } from './relation-map.ts';
import { ReplicationStream } from './replication-stream.ts';
import { SharedSession } from './shared-session.ts';
import { slotLost, takeSlot } from './take-slot.ts';
import { watchStream } from './watch-stream.ts';

/** The server's default timeout is 60 s; it asks at half of it. */
const MAX_STATUS_INTERVAL_MS = 10_000;

export interface FollowOnceInput {
  servers: Servers;
  record: Pick<SyncRecord, 'name'>;
  stopAt: string | null;
  /** One row and one transaction at a time, until one is committed. */
  isCareful: boolean;
  /** Counts what this attempt has applied; `lag_bytes` is null until the source told it. */
  onProgress: (progress: Omit<SyncProgress, 'lag_bytes'> & { lag_bytes: number | null }) => void;
}

export interface FollowOnceResult {
  /** Whether the end that was asked for is reached; else it was careful, and something is committed. */
  isDone: boolean;
  applied: bigint;
}

/** The target refused something that was sent with much else: it has to be found out what. */
export class CareNeededError extends Error {
  override readonly name = 'CareNeededError';
}

/**
 * @throws ReplicatorError; `sync_conflict` after the record says so
 * @throws CareNeededError when a careful attempt would tell more
 */
export async function followOnce(deps: EngineDeps, input: FollowOnceInput): Promise<FollowOnceResult> {
  const { source, target } = input.servers;
  return withApplierClaim(target, deps.signal, async (claim) => {
    const record = await readRecord(claim, input.record.name);
    try {
      return await source.withSession(async (watcher) => {
        await takeSlot(watcher, record.name, deps.signal);
        const apply = await openApplySession(target, record);
        try {
          return await withReplication(deps, input, { claim, watcher, apply, record });
        } finally {
          await target.close(apply.session);
        }
      });
    } catch (error) {
      if (!(error instanceof SyncConflictError)) throw error;
      await noteConflict(claim, record, error.conflict);
      throw conflictError(error.conflict, error);
    }
  });
}

async function readRecord(claim: Session, name: string): Promise<SyncRecord> {
  const record = await findSyncRecord(claim);
  if (record?.name === name) return record;
  throw new ReplicatorError(
    'sync_missing',
    'The target does not follow the source any more: its record is gone; run init to begin anew.',
  );
}

interface Sessions {
  claim: Session;
  watcher: Session;
  apply: ApplySession;
  record: SyncRecord;
}

async function withReplication(
  deps: EngineDeps,
  input: FollowOnceInput,
  sessions: Sessions,
): Promise<FollowOnceResult> {
  const { source } = input.servers;
  const replication = await source.openReplication();
  try {
    const statusIntervalMs = await chooseStatusInterval(sessions.watcher, tuningOf(deps).silenceCheckMs);
    return await new Follower(deps, input, { ...sessions, replication, statusIntervalMs }).run();
  } catch (error) {
    // What is not ended in order may go on there: it is ended before the next attempt.
    replication.cut();
    sessions.apply.session.cut();
    throw error;
  } finally {
    await source.close(replication);
  }
}

async function chooseStatusInterval(watcher: Session, silenceCheckMs: number): Promise<number> {
  const { ms } = await watcher.queryOne<{ ms: number }>(
    'read a setting',
    `SELECT setting::int4 AS ms FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout'`,
  );
  const limits = [MAX_STATUS_INTERVAL_MS, silenceCheckMs / 2, ...(ms === 0 ? [] : [ms / 4])];
  return Math.min(...limits);
}

interface FollowerParts extends Sessions {
  replication: Session;
  statusIntervalMs: number;
}

class Follower {
  readonly #deps: EngineDeps;
  readonly #input: FollowOnceInput;
  readonly #parts: FollowerParts;
  readonly #pipeline: Pipeline<ChangeContext | null>;
  readonly #stream: ReplicationStream;
  readonly #applier: Applier;
  readonly #target: SharedSession;
  readonly #source: SharedSession;
  #stopAt: bigint | null;
  #walEnd: bigint | null = null;

  constructor(deps: EngineDeps, input: FollowOnceInput, parts: FollowerParts) {
    this.#deps = deps;
    this.#input = input;
    this.#parts = parts;
    const { record, claim, watcher, apply, statusIntervalMs } = parts;
    const { isCareful } = input;
    const from = parseLsn(record.applied);
    const stopAt = input.stopAt ?? record.stopAt;
    this.#stopAt = stopAt === null ? null : parseLsn(stopAt);
    this.#stream = new ReplicationStream({ sql: startReplication(record), from, statusIntervalMs });
    this.#pipeline = new Pipeline({
      onSync: () => this.#applier.noteCommitted(),
      onMismatch: ({ context }, rows) =>
        this.#pipeline.fail(context === null ? new CareNeededError() : rowMissing(context, rows)),
    });
    this.#target = new SharedSession(claim);
    this.#source = new SharedSession(watcher);
    const relations = new RelationMap({
      target: this.#target,
      source: this.#source,
      onReplace: (followed) => this.#applier.noteReplaced(followed),
    });
    this.#applier = new Applier({
      pipeline: this.#pipeline,
      relations,
      record,
      from,
      isCareful,
      mayReorder: apply.isReplica,
      onPosition: () => this.#notePosition(),
    });
  }

  async run(): Promise<FollowOnceResult> {
    const { apply, replication, record } = this.#parts;
    let polling: Promise<void> | undefined;
    const ending = new AbortController();
    const end = new Promise((resolve) => ending.signal.addEventListener('abort', resolve));
    apply.session.client.query(this.#pipeline);
    replication.client.query(this.#stream);
    this.#pipeline.failed.catch((error: unknown) => this.#stream.fail(error as Error));
    const onAbort = () => this.#stream.fail(new Error('aborted'));
    this.#deps.signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#started();
      void watchStream(replication, () => this.#stream.isPaused, end);
      void watchStream(apply.session, () => this.#pipeline.isIdle, end);
      const onPositions = (positions: Positions) => this.#notePositions(positions);
      const shared = { target: this.#target, source: this.#source };
      polling = pollPositions({ ...shared, record, onPositions, signal: ending.signal }).catch(
        (error: unknown) => this.#stream.fail(error as Error),
      );
      return await this.#follow();
    } catch (error) {
      throw this.#explain(error);
    } finally {
      ending.abort();
      // The claim's session is used again, for what went wrong.
      await polling;
      this.#deps.signal.removeEventListener('abort', onAbort);
    }
  }

  async #started(): Promise<void> {
    try {
      await this.#stream.started;
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? error.code : undefined;
      // Gone or unusable since it was looked at.
      if (code === '42704' || code === '55000')
        throw slotLost(this.#parts.record.name, 'cannot be read', error);
      throw error;
    }
  }

  async #follow(): Promise<FollowOnceResult> {
    const { isCareful } = this.#input;
    while (!this.#isAtEnd && !(isCareful && this.#applier.transactions > 0)) {
      const items = await this.#stream.next();
      for (const item of items) {
        const wait = this.#applier.take(item);
        if (wait !== undefined) await wait;
      }
      await this.#applier.settle();
    }
    const isDone = this.#isAtEnd;
    await this.#pipeline.finish();
    this.#stream.confirm(this.#applier.position);
    await this.#stream.end();
    return { isDone, applied: this.#applier.position };
  }

  get #isAtEnd(): boolean {
    return this.#stopAt !== null && this.#applier.position >= this.#stopAt;
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
    const wanted = this.#input.stopAt ?? stopAt;
    this.#stopAt = wanted === null ? null : parseLsn(wanted);
    this.#notePosition();
  }

  /** What the pipeline says first is a driver's error, or one of ours already. */
  #explain(error: unknown): unknown {
    if (error instanceof SyncConflictError || error instanceof CareNeededError) return error;
    const { current } = this.#pipeline;
    if (isRefusal(error)) {
      const context = current?.context ?? null;
      if (context !== null) return refusal(context, error) ?? error;
      if (!this.#input.isCareful) return new CareNeededError('', { cause: error });
    }
    const { where } = error === this.#pipeline.failure ? this.#parts.apply.session : this.#parts.replication;
    return translateError(error, where, 'be followed');
  }
}

function startReplication({ name, applied }: SyncRecord): string {
  return `START_REPLICATION SLOT ${pg.escapeIdentifier(name)} LOGICAL ${applied} (proto_version '1', publication_names ${pg.escapeLiteral(pg.escapeIdentifier(name))})`;
}
