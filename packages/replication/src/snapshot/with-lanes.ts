import { joinSnapshot } from './with-snapshot.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';

/** What one parallel worker of a run owns: a session on each side. */
export interface Lane {
  source: Session;
  target: Session;
}

/** At least one. */
export type Lanes = readonly [Lane, ...Lane[]];

export interface LanesInput {
  servers: Servers;
  count: number;
  sourceSnapshotId: string;
  /** When given, target sessions read one snapshot too; otherwise they are in no transaction. */
  targetSnapshotId?: string;
}

/** Opens lanes, all of whose source sessions read one snapshot, for the time of `work`. */
export async function withLanes<Result>(
  { servers, count, sourceSnapshotId, targetSnapshotId }: LanesInput,
  work: (lanes: Lanes) => Promise<Result>,
): Promise<Result> {
  const opened: Promise<Session>[] = [];
  const open = (side: 'source' | 'target', snapshotId: string | undefined) => {
    const session = servers[side].open();
    opened.push(session);
    return session.then(async (ready) => {
      if (snapshotId !== undefined) await joinSnapshot(ready, snapshotId);
      return ready;
    });
  };
  try {
    const openLane = async (): Promise<Lane> => {
      const [source, target] = await Promise.all([
        open('source', sourceSnapshotId),
        open('target', targetSnapshotId),
      ]);
      return { source, target };
    };
    const others = Array.from({ length: count - 1 }, openLane);
    return await work([await openLane(), ...(await Promise.all(others))]);
  } finally {
    for (const result of await Promise.allSettled(opened)) {
      if (result.status === 'fulfilled') await servers[result.value.side].close(result.value);
    }
  }
}
