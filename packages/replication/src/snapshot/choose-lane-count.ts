import { availableParallelism } from 'node:os';
import type { Table } from '../catalog/list-tables.ts';
import type { ServerFacts } from '../catalog/read-server-facts.ts';

const MIN_LANES = 2;
const MAX_DEFAULT_LANES = 8;
/** Connections of each server that are left to others. */
const CONNECTIONS_TO_SPARE = 3;
/** With less than this to do for each, opening more sessions takes longer than it saves. */
const MIN_TABLES_PER_LANE = 8;
const MIN_BYTES_PER_LANE = 8 * 1024 * 1024;

export interface LaneCountInput {
  /** What the user asked for. */
  jobs: number | undefined;
  tables: readonly Table[];
  /** Of what is not in tables. */
  otherBytes: number;
  sourceFacts: ServerFacts;
  targetFacts: ServerFacts;
}

/**
 * How many tables are worked on at a time: what was asked for, else twice this machine's processors (the work waits
 * on two servers in turn), but never more than there is work for, or connections left on either server.
 */
export function chooseLaneCount(input: LaneCountInput): number {
  const { jobs, tables, otherBytes, sourceFacts, targetFacts } = input;
  const wanted = jobs ?? Math.min(MAX_DEFAULT_LANES, Math.max(MIN_LANES, availableParallelism() * 2));
  const allowed = Math.min(sourceFacts.connectionsLeft, targetFacts.connectionsLeft) - CONNECTIONS_TO_SPARE;
  const bytes = tables.reduce((sum, table) => sum + table.bytes, otherBytes);
  const useful = Math.max(
    Math.ceil(bytes / MIN_BYTES_PER_LANE),
    Math.ceil(tables.length / MIN_TABLES_PER_LANE),
  );
  return Math.max(1, Math.min(wanted, useful, allowed));
}
