/**
 * Splits a table into parts that several lanes copy at the same time. A part is a range of blocks: servers from 14 on
 * scan just those (TID range scan), every row is in exactly one range whatever its keys are, and no index is needed.
 *
 * https://www.postgresql.org/docs/14/release-14.html ("efficiently locate rows in a ctid range")
 */
import { rowsOf, type Table } from '../catalog/list-tables.ts';

/** Blocks `from` up to, not including, `to`; null: to the end. */
export interface BlockRange {
  from: number;
  to: number | null;
}

/** A part of one table; a table that is not split is one part without a range. */
export interface TablePart {
  table: Table;
  range: BlockRange | null;
}

const TID_RANGE_SCAN_VERSION_NUM = 140_000;
/** So many of the smallest parts may be lost to an interruption at a time: a quarter of a gigabyte. */
const MAX_PARTS_IN_ONE = 16;
/** So many parts for each lane let the lanes end at about the same time, whatever else they have to do. */
const PARTS_PER_LANE = 4;

export interface SplitTableInput {
  table: Table;
  lanes: number;
  /** Of the server that reads the parts. */
  serverVersionNum: number;
  /** Null: never split. */
  minPartBytes: number | null;
}

export function splitTable(input: SplitTableInput): TablePart[] {
  const { table, lanes, serverVersionNum, minPartBytes } = input;
  const sizes = minPartBytes === null ? 1 : Math.floor(table.bytes / minPartBytes);
  const count = Math.min(sizes, lanes * PARTS_PER_LANE, table.blocks);
  const canSplit =
    lanes > 1 && serverVersionNum >= TID_RANGE_SCAN_VERSION_NUM && table.copyColumns.length > 0;
  if (!canSplit || count < 2) return [{ table, range: null }];
  const bounds = Array.from({ length: count }, (_, index) => Math.floor((table.blocks * index) / count));
  // The last part is open: rows may have come since the size was read, in blocks behind the last one.
  return bounds.map((from, index) => ({ table, range: { from, to: bounds[index + 1] ?? null } }));
}

/**
 * How large a table may be to be copied whole: no more than a processor has to copy anyway, and not so much that it is a
 * loss to begin again. Rows of parts that are copied at the same time lie among each other on the target: an index of
 * the order that they had is then not built from presorted rows, nor read from neighbouring blocks.
 *
 * @param processors lanes that can work at a time before each gets slower
 * @returns bytes
 */
export function largestWholeBytes(
  tables: readonly Pick<Table, 'bytes'>[],
  { processors, minPartBytes }: { processors: number; minPartBytes: number | null },
): number {
  if (minPartBytes === null) return Infinity;
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  return Math.min(bytes / processors, MAX_PARTS_IN_ONE * minPartBytes);
}

/** What a query of a part's rows reads from. */
export function rowsOfPart({ table, range }: TablePart): string {
  if (range === null) return rowsOf(table);
  const condition = rangeCondition(range);
  const predicate = table.predicate === null ? condition : `${table.predicate} AND ${condition}`;
  return rowsOf({ ...table, predicate });
}

function rangeCondition({ from, to }: BlockRange): string {
  const start = `ctid >= '(${from},0)'::pg_catalog.tid`;
  return to === null ? start : `${start} AND ctid < '(${to},0)'::pg_catalog.tid`;
}
