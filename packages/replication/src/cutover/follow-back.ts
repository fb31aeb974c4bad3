/**
 * The way back, set up before anybody writes to the new database: from its first change on, the old one follows. It is
 * prepared while everything can be taken back still, and begins when the way there is taken away. Seen from there,
 * source and target have changed places.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { withServers } from '../session/with-servers.ts';
import { advanceReverse } from '../sync/advance-reverse.ts';
import { endSync } from '../sync/end-sync.ts';
import { prepareReverse } from '../sync/prepare-reverse.ts';
import { startFollowing } from '../sync/start-following.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { tuningOf } from '../tuning.ts';
import { noteCutover } from './note-cutover.ts';

/** A slot waits for whoever is writing on its server, in any database. */
const DEADLINE_MS = 60_000;

export interface PrepareFollowingBackInput {
  servers: Servers;
  /** Of the way there. */
  record: SyncRecord;
  /** Gets the record before anything is made: what is noted has to be taken back if this rejects. */
  onNoted: (record: SyncRecord) => void;
}

/** @returns the record of the way back */
export async function prepareFollowingBack(
  deps: EngineDeps,
  { servers, record, onNoted }: PrepareFollowingBackInput,
): Promise<SyncRecord> {
  const clean = (await endFollowingBack(deps, servers, record)) ?? record;
  const noted = await noteCutover(servers.target, clean, { isReverseBegun: true });
  onNoted(noted);
  return turnedRound(deps, servers, (back) =>
    prepareReverse({
      servers: back,
      forward: noted,
      targetLock: noted.cutover?.lock ?? null,
    }),
  );
}

/** To be called once nothing comes the way there any more, and before anybody may write to the new database. */
export async function advanceFollowingBack(
  deps: EngineDeps,
  servers: Servers,
  reverse: SyncRecord,
): Promise<void> {
  await turnedRound(deps, servers, (back) => advanceReverse(back, reverse));
}

export async function startFollowingBack(
  deps: EngineDeps,
  servers: Servers,
  reverse: SyncRecord,
): Promise<void> {
  await turnedRound(deps, servers, (back) => startFollowing(deps, back, reverse));
}

/** Takes the way back away, if there is one: it has not been used. Replica identities stay, they are the way there's. */
export async function endFollowingBack(
  deps: EngineDeps,
  servers: Servers,
  record: SyncRecord,
): Promise<SyncRecord | null> {
  if (record.cutover?.isReverseBegun !== true) return null;
  await turnedRound(deps, servers, async (back) => {
    const reverse = await back.target.withSession(findSyncRecord);
    if (reverse !== null) await endSync(back, reverse, { keepsIdentities: true });
  });
  return noteCutover(servers.target, record, { isReverseBegun: false });
}

/** Both servers as the way back sees them, for a limited time. */
async function turnedRound<Result>(
  deps: EngineDeps,
  servers: Servers,
  work: (back: Servers) => Promise<Result>,
): Promise<Result> {
  const timeout = AbortSignal.timeout(DEADLINE_MS);
  try {
    return await withServers(
      {
        sourceUrl: servers.target.url,
        targetUrl: servers.source.url,
        log: deps.log,
        signal: AbortSignal.any([deps.signal, timeout]),
        resolveHost: deps.resolveHost,
        tuning: tuningOf(deps),
      },
      work,
    );
  } catch (error) {
    if (deps.signal.aborted || !timeout.aborted) throw error;
    throw new ReplicatorError(
      'query_failed',
      `The way back could not be set up within ${DEADLINE_MS / 1000} s: its replication slot waits for transactions that write on the server of the ${servers.target.describe()}; end them, then run the same command again.`,
      { cause: error },
    );
  }
}
