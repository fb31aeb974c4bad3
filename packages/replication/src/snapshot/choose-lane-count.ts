import { availableParallelism } from 'node:os';
import type { ServerFacts } from '../catalog/read-server-facts.ts';

const MIN_LANES = 2;
const MAX_DEFAULT_LANES = 8;
/** Connections of each server that are left to others. */
const CONNECTIONS_TO_SPARE = 3;

export interface LaneCountInput {
  /** What the user asked for. */
  jobs: number | undefined;
  tables: number;
  sourceFacts: ServerFacts;
  targetFacts: ServerFacts;
}

/**
 * How many tables are worked on at a time: what was asked for, else twice this machine's processors (the work waits
 * on two servers in turn), but never more than there are tables, or connections left on either server.
 */
export function chooseLaneCount({ jobs, tables, sourceFacts, targetFacts }: LaneCountInput): number {
  const wanted = jobs ?? Math.min(MAX_DEFAULT_LANES, Math.max(MIN_LANES, availableParallelism() * 2));
  const allowed = Math.min(sourceFacts.connectionsLeft, targetFacts.connectionsLeft) - CONNECTIONS_TO_SPARE;
  return Math.max(1, Math.min(wanted, tables, allowed));
}
