/**
 * A copy whose changes are followed: it reads the snapshot of a slot, so that what the slot gives is what happened since.
 * Until changes can come, a copy that fails takes slot and publication back, because nobody would read them; a slot
 * that nobody reads fills the source's disk.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import { fingerprintOf } from '../checkpoint/fingerprint.ts';
import { dropCheckpointStatement } from '../checkpoint/open-checkpoint.ts';
import type { Table } from '../catalog/list-tables.ts';
import { labelOf, sqlNameOf } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { withExportedSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import { withSlotSnapshot } from '../sync/create-slot.ts';
import { listPublished } from '../sync/list-published.ts';
import { prepareSync } from '../sync/prepare-sync.ts';
import { markFollowing, noteSlot } from '../sync/store-sync-record.ts';
import type { CopySummary, SyncRecord } from '../sync/sync-record.ts';
import { orTakeBack, takeBack } from '../sync/take-back.ts';
import { hasDifferences } from '../verify/summarize-comparisons.ts';
import type { CopyDatabaseInput, DatabaseCopy } from './copy-database.ts';
import type { SnapshotCopy } from './copy-snapshot.ts';

/** A source whose schema never rests is not waited for for ever. */
const MAX_ROUNDS = 5;
const ROUND_DELAY_MS = 500;

interface SnapshotWork {
  /** Whose rows are copied. */
  listTables: (session: Session) => Promise<Table[]>;
  copy: (snapshot: Snapshot) => Promise<SnapshotCopy>;
}

/** @throws ReplicatorError of the copy, or `query_failed` when tables are made or rewritten all the time */
export async function copyAndFollow(input: CopyDatabaseInput, work: SnapshotWork): Promise<DatabaseCopy> {
  const { deps } = input;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const copy = await attemptRound(input, work);
    if (copy !== null) return copy;
    await sleep(ROUND_DELAY_MS, undefined, { signal: deps.signal });
  }
  throw new ReplicatorError(
    'query_failed',
    'Tables of the source are created or rewritten all the time; run the same command again when its schema is at rest.',
  );
}

/** Null when the schema changed before everything was locked: then slot and publication are made anew. */
async function attemptRound(input: CopyDatabaseInput, work: SnapshotWork): Promise<DatabaseCopy | null> {
  const { deps, scope, specification, passed, phases } = input;
  const { servers } = scope;
  const { facts } = passed;
  const record = await phases.run('publication', () =>
    prepareSync(deps, {
      servers,
      listTables: work.listTables,
      options: specification.options,
      job: deps.job?.id ?? null,
      fingerprint: fingerprintOf(facts, servers.source.database, specification),
      versionNum: facts.source.server.versionNum,
    }),
  );
  deps.log.info({ name: record.name, method: record.method, reason: record.reason }, 'source published');
  const { copy, following } = await orTakeBack(deps, servers, record, async () => {
    const done = await copySlotSnapshot(input, record, work);
    if (done === null || hasDifferences(done.comparison)) return { copy: done, following: null };
    return { copy: done, following: await becomeFollowing(input, record, done) };
  });
  if (copy === null || following === null) {
    await takeBack(deps, servers, record);
    return copy && { ...copy, sync: null };
  }
  return { ...copy, checkpoint: null, sync: following };
}

/** Null when the slot's snapshot is not one of what was published. */
async function copySlotSnapshot(
  { progress, scope: { servers } }: CopyDatabaseInput,
  record: SyncRecord,
  { listTables, copy }: SnapshotWork,
): Promise<SnapshotCopy | null> {
  progress.startPhase('slot');
  return withSlotSnapshot(servers.source, record.name, async ({ id, consistentPoint }) => {
    await servers.target.withSession((session) => noteSlot(session, record, consistentPoint));
    return withExportedSnapshot(servers.source, { id, listTables }, async (snapshot) =>
      (await isPublished(record, snapshot)) ? copy(snapshot) : null,
    );
  });
}

/**
 * A table that was made after the others were published would be copied and never followed; so would one that has taken
 * the name of another since.
 */
async function isPublished(record: SyncRecord, { session, tables }: Snapshot): Promise<boolean> {
  const published = await listPublished(session, record.name);
  const followed = new Set(record.tables.map(sqlNameOf));
  const others = new Set(record.leftOut.map(({ object }) => object));
  return tables.every(
    (table) =>
      (published.has(table.oid) && followed.has(sqlNameOf(table))) || others.has(`table ${labelOf(table)}`),
  );
}

/** In one transaction: whoever comes after finds either a copy to go on with, or one that is followed. */
async function becomeFollowing(
  { scope: { servers } }: CopyDatabaseInput,
  record: SyncRecord,
  { tables, rows, bytes, skipped, large_objects = 0, checkpoint }: SnapshotCopy,
): Promise<SyncRecord> {
  const copied: CopySummary = { tables, rows, bytes, skipped, large_objects };
  await servers.target.withSession((session) =>
    session.execute(
      'become one that follows',
      `${markFollowing(record, copied)} ${dropCheckpointStatement(checkpoint)};`,
    ),
  );
  return { ...record, state: 'following', copied };
}

/** What an earlier run has copied, and is followed. */
export function toldAgain(sync: SyncRecord): DatabaseCopy {
  const nothing: CopySummary = { tables: 0, rows: 0, bytes: 0, skipped: [], large_objects: 0 };
  return { ...(sync.copied ?? nothing), comparison: null, checkpoint: null, sync };
}
