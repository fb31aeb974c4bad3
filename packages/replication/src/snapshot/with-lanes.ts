import type { Side } from '../session/pinned-settings.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { Lane } from './lane.ts';
import { joinSnapshot } from './with-snapshot.ts';

/** At least one. */
export type Lanes = readonly [Lane, ...Lane[]];

export interface LanesInput {
  servers: Servers;
  count: number;
  /** What the sessions of a side read; those of a side without one are in no transaction. */
  snapshotIds: Readonly<Partial<Record<Side, string>>>;
  /** What a target session needs before it is used, each time that one is opened. */
  prepareTarget?: (session: Session) => Promise<void>;
}

/** Opens lanes, all of whose sessions of a side read one snapshot, for the time of `work`. */
export async function withLanes<Result>(
  { servers, count, snapshotIds, prepareTarget }: LanesInput,
  work: (lanes: Lanes) => Promise<Result>,
): Promise<Result> {
  const join = async (session: Session): Promise<void> => {
    const id = snapshotIds[session.side];
    if (id !== undefined) await joinSnapshot(session, id);
  };
  const open = async (side: Side): Promise<Session> => {
    const session = await servers[side].open();
    try {
      if (side === 'target') await prepareTarget?.(session);
      await join(session);
      return session;
    } catch (error) {
      await servers[side].close(session);
      throw error;
    }
  };
  const rejoin = async (session: Session): Promise<void> => {
    if (snapshotIds[session.side] === undefined) return;
    await session.execute('end a transaction', 'COMMIT');
    await join(session);
  };
  const close = (session: Session) => servers[session.side].close(session);
  const openLane = async (): Promise<Lane> => {
    const [source, target] = await Promise.allSettled([open('source'), open('target')]);
    if (source.status === 'fulfilled' && target.status === 'fulfilled') {
      return new Lane({ source: source.value, target: target.value, open, rejoin, close });
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
