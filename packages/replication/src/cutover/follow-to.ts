/**
 * Brings the target to a position of the source's log. Where a subscription applies the changes, or a worker does, that
 * is waited for, and goes on afterwards; where nobody does, they are applied here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { followStream } from '../stream/follow-stream.ts';
import { isBeingRead } from '../sync/read-slot.ts';
import { waitForPosition } from '../sync/wait-for-position.ts';
import type { SyncRecord } from '../sync/sync-record.ts';

/** So often is looked whether somebody still applies the changes. */
const LOOK_MS = 3_000;
const PAUSE_MS = 200;

export interface FollowToInput {
  servers: Servers;
  record: SyncRecord;
  position: string;
  deadlineMs: number;
}

/** @throws ReplicatorError `sync_lagging` when the position is not reached by the deadline; what following throws */
export async function followTo(deps: EngineDeps, input: FollowToInput): Promise<void> {
  const { servers, record, position, deadlineMs } = input;
  const { source } = servers;
  const wait = { name: record.name, position, signal: deps.signal };
  if (record.method === 'subscription') {
    await waitForPosition(source, { ...wait, deadlineMs });
    return;
  }
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const leftMs = Math.max(0, deadline - performance.now());
    try {
      if (await source.withSession((session) => isBeingRead(session, record.name))) {
        await waitForPosition(source, { ...wait, deadlineMs: Math.min(LOOK_MS, leftMs) });
      } else {
        await applyHere(deps, input, leftMs);
      }
      return;
    } catch (error) {
      if (!(error instanceof ReplicatorError) || performance.now() > deadline) throw error;
      // A worker begins, or has ended, just now.
      if (error.code !== 'sync_lagging' && error.code !== 'target_in_use') throw error;
      await sleep(PAUSE_MS, undefined, { signal: deps.signal });
    }
  }
}

async function applyHere(deps: EngineDeps, input: FollowToInput, leftMs: number): Promise<void> {
  const { servers, record, position } = input;
  const timeout = AbortSignal.timeout(Math.ceil(leftMs));
  const signal = AbortSignal.any([deps.signal, timeout]);
  try {
    await followStream(
      { ...deps, signal },
      { servers, record, onProgress: () => undefined, stopAt: position },
    );
  } catch (error) {
    if (deps.signal.aborted || !timeout.aborted) throw error;
    throw new ReplicatorError(
      'sync_lagging',
      `The target has not followed to position ${position} in time; run sync until it has caught up, then run the same command again.`,
      { cause: error },
    );
  }
}
