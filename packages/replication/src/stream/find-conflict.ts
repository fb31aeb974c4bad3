/**
 * Finds the change that a target's own subscription cannot apply: its server tells that in its log alone. The changes
 * are made one by one in a transaction that is rolled back.
 */
import { ReplicatorError, type SyncConflict } from '@seren-replicator/job-models';
import type { Side } from '../session/pinned-settings.ts';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { changedRow } from './bind-parameters.ts';
import { shapeOf } from './build-statement.ts';
import { SyncConflictError, type ChangeContext } from './conflict.ts';
import type { RowChange, StreamMessage } from './decode-message.ts';
import { explainTargetFailure } from './explain-failure.ts';
import { openApplySession } from './open-apply-session.ts';
import { Pipeline } from './pipeline.ts';
import { RelationMap } from './relation-map.ts';
import { SharedSession } from './shared-session.ts';
import { StatementCache } from './statement-cache.ts';

/** Rows that the server's own worker holds it gives back soon: it fails again and again. */
const DEADLINES = `SET lock_timeout = '5s'; SET statement_timeout = '10s'`;

export interface FindConflictInput {
  target: Server;
  record: SyncRecord;
  messages: readonly StreamMessage[];
  /** Of both sides, to look things up. */
  lookups: Record<Side, Session>;
}

/** Null when the target takes them all, or when it cannot be tried. */
export async function findConflict(input: FindConflictInput): Promise<SyncConflict | null> {
  // To empty a table, for however short a time, keeps everybody out of it.
  if (input.messages.some(({ kind }) => kind === 'truncate')) return null;
  try {
    await rehearse(input);
    return null;
  } catch (error) {
    if (error instanceof SyncConflictError) return error.conflict;
    if (error instanceof ReplicatorError && error.code !== 'cancelled') return null;
    throw error;
  }
}

async function rehearse({ target, record, messages, lookups }: FindConflictInput): Promise<void> {
  const { session } = await openApplySession(target, record);
  try {
    await session.execute('set its session up', `${DEADLINES}; BEGIN`);
    await apply(session, lookups, messages);
  } finally {
    // What it wrote is rolled back with it.
    session.cut();
    await target.close(session);
  }
}

async function apply(
  session: Session,
  lookups: Record<Side, Session>,
  messages: readonly StreamMessage[],
): Promise<void> {
  const pipeline = new Pipeline<ChangeContext>({
    onSync: () => undefined,
    onMismatch: () => undefined,
    // Whoever waits for its answers is told.
    onFailure: () => undefined,
  });
  session.client.query(pipeline);
  const statements = new StatementCache(pipeline);
  const relations = new RelationMap({
    source: new SharedSession(lookups.source),
    target: new SharedSession(lookups.target),
    onReplace: (followed) => statements.forgetTable(followed),
  });
  const write = (change: RowChange) => {
    const followed = relations.get(change.relationId);
    const shape = shapeOf(followed, change);
    const statement = { name: statements.nameOf(shape, 1), parameters: shape.parameters };
    // A row that is not there, or twice, is no error to a subscription.
    pipeline.execute(statement, [changedRow(change)], { rows: null, context: { followed, change } });
  };
  try {
    for (const message of messages) {
      if (message.kind === 'relation') await relations.learn(message.relation);
      else if (message.kind === 'insert' || message.kind === 'update' || message.kind === 'delete')
        write(message);
    }
    await pipeline.answered();
  } catch (error) {
    if (error !== pipeline.failure) throw error;
    const context = pipeline.current?.context ?? null;
    throw explainTargetFailure(error, session.where, { context, isCareful: true });
  }
}
