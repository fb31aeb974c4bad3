/**
 * Writes the source's transactions to the target: in order, each whole in one transaction there, several in one when
 * the target is behind. How far that goes is written in the same transaction. What is begun and not committed is lost
 * with the session, and comes again from the slot. A commit is sent when all that it commits was answered, and is not
 * waited for. Where the source has nothing for us for a while, the position alone is written, so that the slot is never
 * ahead of it: a target that went back to an older state is found out by that.
 *
 * A careful applier writes one row at a time and one transaction at a time: to find the row that the target refused.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import pg from 'pg';
import { qualifiedName } from '../catalog/quote.ts';
import { syncTable, type SyncRecord } from '../sync/sync-record.ts';
import { changedRow } from './bind-parameters.ts';
import { shapeOf } from './build-statement.ts';
import type { ChangeContext } from './conflict.ts';
import type { Relation, RowChange, Truncate } from './decode-message.ts';
import type { FollowedRelation } from './followed-relation.ts';
import { formatLsn, laterLsn } from './lsn.ts';
import type { Expectation, Pipeline } from './pipeline.ts';
import type { RelationMap } from './relation-map.ts';
import type { StreamItem } from './replication-stream.ts';
import { RowBatches, type Batch } from './row-batches.ts';
import { StatementCache } from './statement-cache.ts';
import { lengthOf } from './tuple.ts';

/** Of several source transactions in one of the target. */
const MAX_GROUP_BYTES = 4 * 1024 * 1024;
const MAX_GROUP_ROWS = 20_000;
/** Between positions that are written without a change, but for the one at which to end. */
const IDLE_INTERVAL_MS = 1_000;
/** Rows of one statement; what is left over goes in the next smaller size. */
const STATEMENT_ROWS = [128, 32, 8, 1];

const NOTHING: Expectation<ChangeContext | null> = { rows: null, context: null };
const ONE_ROW: Expectation<ChangeContext | null> = { rows: 1, context: null };

export interface ApplierInput {
  pipeline: Pipeline<ChangeContext | null>;
  relations: RelationMap;
  record: SyncRecord;
  /** What is applied already. */
  from: bigint;
  isCareful: boolean;
  /** Changes of different tables may pass each other. */
  mayReorder: boolean;
  /** Every commit on the target. */
  onPosition: () => void;
}

interface Group {
  endLsn: bigint;
  transactions: number;
  rows: number;
  bytes: number;
}

export class Applier {
  readonly #input: ApplierInput;
  readonly #statements: StatementCache;
  readonly #batches: RowBatches;
  /** The target's open transaction. */
  #group: Group | null = null;
  readonly #committing: Group[] = [];
  #isInTransaction = false;
  #isSkipping = false;
  #commitsNext = false;
  #clearsConflict: boolean;
  /** End of the last source transaction whose commit was sent to the target. */
  #sent: bigint;
  #durable: bigint;
  /** Up to where the source had nothing more for us. */
  #idle: bigint;
  #idleWrittenAt = -Infinity;
  transactions = 0;
  rows = 0;

  constructor(input: ApplierInput) {
    this.#input = input;
    this.#statements = new StatementCache(input.pipeline);
    this.#batches = new RowBatches({ send: (batch) => this.#send(batch), mayReorder: input.mayReorder });
    this.#sent = input.from;
    this.#durable = input.from;
    this.#idle = input.from;
    this.#clearsConflict = input.record.conflict !== null;
  }

  /** Up to here nothing is needed from the source any more. */
  get position(): bigint {
    return this.#durable;
  }

  /** What has to be waited for before the next one is taken, if anything. */
  take(item: StreamItem): Promise<void> | undefined {
    switch (item.kind) {
      case 'insert':
      case 'update':
      case 'delete':
        if (!this.#isSkipping) this.#change(item);
        return undefined;
      case 'begin':
        this.#isInTransaction = true;
        this.#isSkipping = item.commitLsn < this.#input.from;
        return undefined;
      case 'commit':
        return this.#endTransaction(item.endLsn);
      case 'relation':
        return this.#learn(item.relation);
      case 'truncate':
        if (!this.#isSkipping) this.#truncate(item);
        return undefined;
      case 'keepalive':
        if (!this.#isInTransaction) this.#idle = laterLsn(this.#idle, item.walEnd);
        return undefined;
      case 'other':
        return undefined;
    }
  }

  /**
   * To be called when what has arrived is taken: nothing waits for more to come.
   *
   * @param stopAt where to end, if that is known
   */
  async settle(stopAt: bigint | null): Promise<void> {
    const { pipeline } = this.#input;
    if (this.#isIdleDue(stopAt)) {
      this.#begin().endLsn = this.#idle;
      this.#idleWrittenAt = performance.now();
    }
    if (this.#group === null || this.#committing.length > 0) pipeline.flush();
    else if (this.#isInTransaction) this.#commitsNext = true;
    else await this.#commit(this.#group);
    await pipeline.writable();
  }

  /** The target has answered a commit. */
  noteCommitted(): void {
    const group = this.#committing.shift();
    if (group === undefined)
      throw new ReplicatorError('internal', 'A commit was answered that was not sent.');
    this.#durable = group.endLsn;
    this.transactions += group.transactions;
    this.rows += group.rows;
    this.#input.onPosition();
  }

  #isIdleDue(stopAt: bigint | null): boolean {
    const isPending = this.#isInTransaction || this.#group !== null || this.#committing.length > 0;
    if (isPending || this.#idle <= this.#durable) return false;
    if (stopAt !== null && this.#idle >= stopAt) return true;
    return performance.now() - this.#idleWrittenAt >= IDLE_INTERVAL_MS;
  }

  #learn(relation: Relation): Promise<void> | undefined {
    const { relations } = this.#input;
    return relations.isKnown(relation) ? undefined : relations.learn(relation);
  }

  /** A table is about to look different: what waits was for the old one. */
  noteReplaced(followed: FollowedRelation): void {
    this.#batches.sendAll();
    this.#statements.forgetTable(followed);
  }

  #begin(): Group {
    if (this.#group !== null) return this.#group;
    const { pipeline } = this.#input;
    pipeline.run('BEGIN', NOTHING);
    pipeline.run('SET CONSTRAINTS ALL DEFERRED', NOTHING);
    this.#group = { endLsn: this.#sent, transactions: 0, rows: 0, bytes: 0 };
    return this.#group;
  }

  #change(change: RowChange): void {
    const group = this.#begin();
    const followed = this.#input.relations.get(change.relationId);
    const shape = shapeOf(followed, change);
    const row = changedRow(change);
    const bytes = (row.old === null ? 0 : lengthOf(row.old)) + (row.new === null ? 0 : lengthOf(row.new));
    group.rows += 1;
    group.bytes += bytes;
    if (!this.#input.isCareful) {
      this.#batches.add(followed, shape, row, bytes);
      return;
    }
    const expectation = { rows: 1, context: { followed, change } };
    const name = this.#statements.nameOf(shape, 1);
    this.#input.pipeline.execute({ name, parameters: shape.parameters }, [row], expectation);
  }

  #send({ shape, rows }: Batch): void {
    const { pipeline } = this.#input;
    const { parameters } = shape;
    let sent = 0;
    while (sent < rows.length) {
      const left = rows.length - sent;
      const size = STATEMENT_ROWS.find((count) => count <= left && count <= shape.maxRows) ?? 1;
      const part = size === rows.length ? rows : rows.slice(sent, sent + size);
      const expectation = size === 1 ? ONE_ROW : { rows: size, context: null };
      pipeline.execute({ name: this.#statements.nameOf(shape, size), parameters }, part, expectation);
      sent += size;
    }
  }

  /**
   * As the source's log has it: the tables that were emptied, and no others. One that has a foreign key from elsewhere
   * cannot be truncated without that table; its rows are deleted.
   */
  #truncate({ relationIds, restartsIdentity }: Truncate): void {
    const group = this.#begin();
    this.#batches.sendAll();
    const tables = relationIds.map((id) => this.#input.relations.get(id));
    const oids = new Set(tables.map(({ target }) => target.oid));
    const isReferenced = ({ target }: FollowedRelation) => target.referencedBy.some((oid) => !oids.has(oid));
    const { pipeline } = this.#input;
    if (tables.some(isReferenced)) {
      for (const table of tables) pipeline.run(`DELETE FROM ${onlyName(table)}`, aboutTable(table));
    } else {
      const names = tables.map(onlyName).join(', ');
      pipeline.run(`TRUNCATE ${names}${restartsIdentity ? ' RESTART IDENTITY' : ''}`, aboutTable(tables[0]));
    }
    group.rows += 1;
  }

  #endTransaction(endLsn: bigint): Promise<void> | undefined {
    this.#isInTransaction = false;
    const group = this.#group;
    if (this.#isSkipping || group === null) {
      this.#isSkipping = false;
      this.#idle = laterLsn(this.#idle, endLsn);
      return undefined;
    }
    group.endLsn = endLsn;
    group.transactions += 1;
    const isLarge = group.bytes > MAX_GROUP_BYTES || group.rows > MAX_GROUP_ROWS;
    return this.#commitsNext || isLarge || this.#input.isCareful ? this.#commit(group) : undefined;
  }

  /** Not before every row was found: the target itself does not mind. */
  async #commit(group: Group): Promise<void> {
    const { pipeline, record } = this.#input;
    this.#batches.sendAll();
    const [before, after] = [this.#sent, group.endLsn].map((lsn) => pg.escapeLiteral(formatLsn(lsn)));
    // Of two that apply the same changes, one finds the other's position here.
    pipeline.run(
      `UPDATE ${syncTable(record, 'progress')} SET applied = ${after} WHERE applied = ${before}`,
      ONE_ROW,
    );
    if (this.#clearsConflict && group.transactions > 0) {
      pipeline.run(`DELETE FROM ${syncTable(record, 'conflict')}`, NOTHING);
      this.#clearsConflict = false;
    }
    await pipeline.answered();
    pipeline.run('COMMIT', NOTHING);
    pipeline.sync();
    this.#commitsNext = false;
    this.#sent = group.endLsn;
    this.#group = null;
    this.#committing.push(group);
  }
}

function aboutTable(followed: FollowedRelation | undefined): Expectation<ChangeContext | null> {
  return { rows: null, context: followed === undefined ? null : { followed, change: null } };
}

function onlyName({ relation, target }: FollowedRelation): string {
  const name = qualifiedName(relation.schema, relation.name);
  return target.isPartitioned ? name : `ONLY ${name}`;
}
