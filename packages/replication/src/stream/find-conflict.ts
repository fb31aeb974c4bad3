/**
 * Finds the change that a target's own subscription cannot apply: its server tells that in its log alone. The changes
 * are made one by one in a transaction that is rolled back.
 */
import { ReplicatorError, type SyncConflict } from '@seren-replicator/job-models';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
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

/** Null when the target takes them all, or when it cannot be tried. */
export async function findConflict(
  servers: Servers,
  record: SyncRecord,
  messages: readonly StreamMessage[],
): Promise<SyncConflict | null> {
  // To empty a table, for however short a time, keeps everybody out of it.
  if (messages.some(({ kind }) => kind === 'truncate')) return null;
  try {
    await rehearse(servers, record, messages);
    return null;
  } catch (error) {
    if (error instanceof SyncConflictError) return error.conflict;
    if (error instanceof ReplicatorError && error.code !== 'cancelled') return null;
    throw error;
  }
}

async function rehearse(
  { source, target }: Servers,
  record: SyncRecord,
  messages: readonly StreamMessage[],
): Promise<void> {
  await source.withSession((watcher) =>
    target.withSession(async (claim) => {
      const { session } = await openApplySession(target, record);
      try {
        await session.execute('set its session up', `${DEADLINES}; BEGIN`);
        await apply(
          session,
          { target: new SharedSession(claim), source: new SharedSession(watcher) },
          messages,
        );
      } finally {
        // What it wrote is rolled back with it.
        session.cut();
        await target.close(session);
      }
    }),
  );
}

interface Lookups {
  target: SharedSession;
  source: SharedSession;
}

async function apply(session: Session, lookups: Lookups, messages: readonly StreamMessage[]): Promise<void> {
  const pipeline = new Pipeline<ChangeContext>({
    onSync: () => undefined,
    onMismatch: () => undefined,
    // Whoever waits for its answers is told.
    onFailure: () => undefined,
  });
  session.client.query(pipeline);
  const statements = new StatementCache(pipeline);
  const relations = new RelationMap({
    ...lookups,
    onReplace: (followed) => statements.forgetTable(followed),
  });
  const write = (change: RowChange) => {
    const followed = relations.get(change.relationId);
    const shape = shapeOf(followed, change);
    const row = {
      old: change.kind === 'insert' ? null : (change.old?.tuple ?? null),
      new: change.kind === 'delete' ? null : change.new,
    };
    const statement = { name: statements.nameOf(shape, 1), parameters: shape.parameters };
    // A row that is not there, or twice, is no error to a subscription.
    pipeline.execute(statement, [row], { rows: null, context: { followed, change } });
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
