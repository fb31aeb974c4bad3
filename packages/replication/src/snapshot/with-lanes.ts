import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { Lane } from './lane.ts';
import { joinSnapshot } from './with-snapshot.ts';

/** At least one. */
export type Lanes = readonly [Lane, ...Lane[]];

export interface LanesInput {
  servers: Servers;
  count: number;
  sourceSnapshotId: string;
  /** What a target session needs before it is used, each time that one is opened. */
  prepareTarget: (session: Session) => Promise<void>;
}

/** Opens lanes, all of whose source sessions read one snapshot, for the time of `work`. */
export async function withLanes<Result>(
  { servers, count, sourceSnapshotId, prepareTarget }: LanesInput,
  work: (lanes: Lanes) => Promise<Result>,
): Promise<Result> {
  const open = async (side: 'source' | 'target'): Promise<Session> => {
    const session = await servers[side].open();
    try {
      if (side === 'source') await joinSnapshot(session, sourceSnapshotId);
      else await prepareTarget(session);
      return session;
    } catch (error) {
      await servers[side].close(session);
      throw error;
    }
  };
  const close = (session: Session) => servers[session.side].close(session);
  const openLane = async (): Promise<Lane> => {
    const [source, target] = await Promise.allSettled([open('source'), open('target')]);
    if (source.status === 'fulfilled' && target.status === 'fulfilled') {
      return new Lane({ source: source.value, target: target.value, open, close });
    }
    for (const side of [source, target]) if (side.status === 'fulfilled') await close(side.value);
    throw source.status === 'rejected' ? source.reason : (target as PromiseRejectedResult).reason;
  };
  const opening = Array.from({ length: count }, openLane);
  const opened = await Promise.allSettled(opening);
  const lanes = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  try {
    const [first, ...others] = await Promise.all(opening);
    if (first === undefined) throw new RangeError('a run needs at least one lane');
    return await work([first, ...others]);
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}
