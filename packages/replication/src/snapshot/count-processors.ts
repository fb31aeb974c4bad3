import { availableParallelism } from 'node:os';
import type { Tuning } from '../tuning.ts';
import type { ConnectionFacts } from '../validate/read-connection-facts.ts';

/** Slower answers from this machine's own address come through a tunnel: the server is elsewhere. */
const SLOWEST_HERE_MS = 1;
/** On one processor there is still something to do while the other server, or the disk, is waited for. */
const MIN_PROCESSORS = 2;

export interface CountProcessorsInput {
  lanes: number;
  /** To both servers. */
  connections: readonly Pick<ConnectionFacts, 'isRemote' | 'roundTripMs'>[];
  tuning: Pick<Tuning, 'countsProcessors'>;
}

/**
 * How many lanes can work at a time before each of them gets slower. Where both servers are on this machine its
 * processors do all the work; how many a server elsewhere has, it does not tell, and none are taken from it.
 */
export function countProcessors({ lanes, connections, tuning }: CountProcessorsInput): number {
  const areHere = connections.every(
    ({ isRemote, roundTripMs }) => !isRemote && roundTripMs <= SLOWEST_HERE_MS,
  );
  if (!areHere || !tuning.countsProcessors) return lanes;
  return Math.min(lanes, Math.max(MIN_PROCESSORS, availableParallelism()));
}
