/**
 * What was made for a sync, taken back when nobody comes to follow: a slot that nobody reads fills the source's disk.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { withRespite } from '../session/with-servers.ts';
import { endSync } from './end-sync.ts';
import type { SyncRecord } from './sync-record.ts';

/** @throws ReplicatorError of `work`, which then tells what is left behind, too */
export async function orTakeBack<Result>(
  deps: Pick<EngineDeps, 'log'>,
  servers: Servers,
  record: SyncRecord,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const left = await takeBack(deps, servers, record);
    if (left === null || !(error instanceof ReplicatorError)) throw error;
    throw new ReplicatorError(error.code, `${error.message} ${left}`, { cause: error });
  }
}

/**
 * Although the run may have been cancelled. What is left behind is found by the next run.
 *
 * @returns what that is and how to remove it, in sentences; null when nothing is left
 */
export async function takeBack(
  { log }: Pick<EngineDeps, 'log'>,
  servers: Servers,
  record: SyncRecord,
): Promise<string | null> {
  try {
    await withRespite(servers, (again) => endSync(again, record));
    return null;
  } catch (error) {
    if (!(error instanceof ReplicatorError)) throw error;
    log.warn({ name: record.name, reason: error.message }, 'what was made to follow could not be taken back');
    return error.message;
  }
}
