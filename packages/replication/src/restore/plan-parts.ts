/** Which parts of which tables are left to copy, and the copying of one of them. */
import type { Table } from '../catalog/list-tables.ts';
import { groupByTable, tableKey, type Checkpoint, type RecordedPart } from '../checkpoint/checkpoint.ts';
import type { ComparedTable } from '../checkpoint/compare-parts.ts';
import { countPartRows, recordParts } from '../checkpoint/open-checkpoint.ts';
import type { RowFormat } from '../copy/choose-row-format.ts';
import { copyPart } from '../copy/copy-part.ts';
import type { RateLimit } from '../copy/rate-limit.ts';
import { largestWholeBytes, splitTable } from '../copy/split-table.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import type { Session } from '../session/session.ts';
import type { Lane } from '../snapshot/lane.ts';
import type { Tuning } from '../tuning.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';

export interface PlannedTable {
  table: Table;
  /** Those still to be copied. */
  parts: readonly RecordedPart[];
  /** Rows that an earlier run has copied and that are kept. */
  rows: number;
}

export interface PlanPartsInput {
  target: Session;
  checkpoint: Checkpoint;
  tables: readonly Table[];
  compared: readonly ComparedTable[];
  lanes: number;
  /** Of the lanes, those that can work at a time before each gets slower. */
  processors: number;
  sourceVersionNum: number;
  tuning: Tuning;
}

/** Takes the parts that an earlier run has planned as they are, and plans and records those of all other tables. */
export async function planParts(input: PlanPartsInput): Promise<PlannedTable[]> {
  const { target, checkpoint, tables, compared, lanes, processors, sourceVersionNum, tuning } = input;
  const wholeBytes = largestWholeBytes(tables, { processors, minPartBytes: tuning.minPartBytes });
  const known = groupByTable(checkpoint.parts);
  let nextId = checkpoint.parts.reduce((max, { id }) => Math.max(max, id), 0);
  const added = tables
    .filter((table) => !known.has(tableKey(table)))
    .flatMap((table) =>
      splitTable({
        table,
        lanes,
        serverVersionNum: sourceVersionNum,
        minPartBytes: table.bytes > wholeBytes ? tuning.minPartBytes : null,
      }),
    )
    .map(({ table, range }): RecordedPart => {
      nextId += 1;
      return { id: nextId, schema: table.schema, name: table.name, range, transactionId: null };
    });
  if (added.length > 0) await recordParts(target, checkpoint, added);
  const all = groupByTable(checkpoint.parts);
  const keptRows = new Map(compared.map(({ table, keptRows: rows }) => [table.oid, rows]));
  return tables.map((table) => ({
    table,
    parts: (all.get(tableKey(table)) ?? []).filter(({ transactionId }) => transactionId === null),
    rows: keptRows.get(table.oid) ?? 0,
  }));
}

export interface CopyPlannedPartInput {
  table: Table;
  part: RecordedPart;
  lane: Lane;
  checkpoint: Checkpoint;
  progress: ProgressTracker;
  repeat: RepeatDeps;
  rowFormat: RowFormat;
  tuning: Tuning;
  rate: RateLimit;
}

/** Copies a part, again if its connection is lost, but not if only the answer to its commit was. Resolves to its rows. */
export async function copyPlannedPart(input: CopyPlannedPartInput): Promise<number> {
  const { table, part, lane, checkpoint, progress, repeat, rowFormat, tuning, rate } = input;
  let bytes = 0;
  return repeatOnLane(repeat, lane, async (isRepeat) => {
    if (isRepeat) {
      const rows = await countPartRows(lane.target, { checkpoint, table, part });
      if (rows !== null) return rows;
      progress.addBytes(table, -bytes);
      bytes = 0;
    }
    return copyPart({
      part: { table, range: part.range },
      mark: checkpoint.markPart(part.id),
      rowFormat,
      tuning,
      source: lane.source,
      target: lane.target,
      onBytes: (count) => {
        bytes += count;
        progress.addBytes(table, count);
      },
      rate,
      signal: repeat.deps.signal,
    });
  });
}
