/**
 * How one database of the target follows its source. Nothing is changed on the target: what its subscription cannot apply
 * is tried there and rolled back. On the source a mark is written into the log. Sessions wait for nobody's locks for
 * long: what cannot be seen is said, not waited for.
 */
import type { DatabaseStatus } from '@seren-replicator/job-models';
import { readServerFacts } from '../catalog/read-server-facts.ts';
import { isBeingCutOver, isTargetClaimed } from '../checkpoint/claim-target.ts';
import type { Server, Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { findConflict } from '../stream/find-conflict.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { describeOtherSource } from './describe-other-source.ts';
import { hasPublication } from '../sync/has-publication.ts';
import { judgeCutover } from './judge-cutover.ts';
import type { StuckTransaction } from './judge-subscription.ts';
import { judgeSync } from './judge-sync.ts';
import { judgeTables } from './judge-tables.ts';
import { lookAtSync, type Look, type StatusDeps } from './look-at-sync.ts';
import { readDrift } from './read-drift.ts';
import { readNextTransaction } from './read-next-transaction.ts';
import { isLost, isRead, type Slot } from '../sync/read-slot.ts';
import { readSubscribedTables } from './read-subscribed-tables.ts';

const LOCK_TIMEOUT = '5s';

interface Sides {
  source: Session;
  target: Session;
}

export interface DatabaseStatusInput {
  servers: Servers;
  record: SyncRecord;
  /** A target that may be behind by more than is looked at otherwise is looked at for longer. */
  maxLagSeconds: number;
}

/** Takes a second where changes arrive, and up to fifteen where they do not, or as long as the target may be behind. */
export async function readDatabaseStatus(
  deps: StatusDeps,
  input: DatabaseStatusInput,
): Promise<DatabaseStatus> {
  const { servers } = input;
  return withPatientSession(servers.source, (source) =>
    withPatientSession(servers.target, (target) => look(deps, input, { source, target })),
  );
}

async function withPatientSession<Result>(
  server: Server,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  return server.withSession(async (session) => {
    await session.execute('set its session up', `SET lock_timeout = '${LOCK_TIMEOUT}'`);
    return work(session);
  });
}

async function look(
  deps: StatusDeps,
  { servers, record, maxLagSeconds }: DatabaseStatusInput,
  sides: Sides,
): Promise<DatabaseStatus> {
  const { source, target } = sides;
  const sourceDatabase = servers.source.database;
  const { versionNum: targetVersionNum } = await readServerFacts(target);
  const seen = await lookAtSync({ ...sides, targetVersionNum, record, maxLagSeconds, deps });
  const isHandedOver = seen.lag === null && record.cutover?.isPastReturn === true;
  const isPublished = await hasPublication(source, record.name);
  const judgement = judgeSync({
    ...seen,
    record,
    targetVersionNum,
    otherSource: describeOtherSource(record.fingerprint, sourceDatabase, await readServerFacts(source)),
    isPublished,
    isClaimed: await isTargetClaimed(target),
    isHandedOver,
    next: await findStuck(deps, servers, record, { ...sides, ...seen }),
  });
  const schema = await readDrift({ ...sides, sourceDatabase, record });
  const { subscription } = seen.watch;
  const { tables, attention } = judgeTables({
    record,
    state: judgement.state,
    tables: schema.tables,
    isPublished,
    subscribed: subscription === null ? null : await readSubscribedTables(target, subscription.oid),
  });
  return {
    database: servers.target.database,
    state: judgement.state,
    method: record.method,
    ...describeLag(record, seen),
    tables,
    // While it is being copied, the target is not complete yet.
    drift: record.state === 'copying' ? [] : schema.drift,
    sequences: record.state === 'copying' ? [] : schema.sequences,
    conflicts: judgement.conflicts,
    attention: [
      ...judgement.attention,
      ...judgeCutover(record, {
        isUnderWay: await isBeingCutOver(target, servers.target.deadAfterMs),
        isHandedOver,
      }),
      ...attention,
      ...schema.attention,
    ],
  };
}

/** Only where something does not get on: to look takes both sides some work. */
async function findStuck(
  { signal }: StatusDeps,
  servers: Servers,
  record: SyncRecord,
  { source, target, lag, watch: { subscription } }: Sides & Look,
): Promise<StuckTransaction | null> {
  if (subscription?.isEnabled !== true || lag === null || lag.seconds !== null) return null;
  const { name } = record;
  const next = await readNextTransaction({ source, target, name, subscriptionOid: subscription.oid, signal });
  if (next === null) return null;
  return {
    commitLsn: next.commitLsn,
    conflict: await findConflict({
      target: servers.target,
      record,
      messages: next.messages,
      lookups: { source, target },
    }),
  };
}

function describeLag({ name }: SyncRecord, { lag }: Look) {
  return {
    lag_bytes: lag?.slot.lagBytes == null ? null : Number(lag.slot.lagBytes),
    lag_seconds: lag?.seconds ?? null,
    rate_bytes_per_second: lag?.bytesPerSecond ?? null,
    slot: lag === null ? null : describeSlot(name, lag.slot),
  };
}

function describeSlot(name: string, slot: Slot): DatabaseStatus['slot'] {
  const { retainedBytes, leftBytes, walStatus } = slot;
  return {
    name,
    is_active: isRead(slot),
    retained_bytes: Number(retainedBytes),
    left_bytes: leftBytes === null ? null : Math.max(0, Number(leftBytes)),
    wal_status: isLost(slot) ? 'lost' : walStatus,
  };
}
