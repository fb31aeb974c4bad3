/**
 * What an earlier run copied is kept only where it still equals the source under the new snapshot, so that a resumed
 * copy is one moment of the source as an uninterrupted one is. Source and target hash the same rows: the source by the
 * part's range of blocks, the target by the transaction that loaded the part, which each of its rows names (`xmin`).
 *
 * https://www.postgresql.org/docs/current/ddl-system-columns.html
 */
import { rowsOf, type Table } from '../catalog/list-tables.ts';
import { rowsOfPart } from '../copy/split-table.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import { runTasks, type Task } from '../schedule/run-tasks.ts';
import type { Session } from '../session/session.ts';
import type { Lane } from '../snapshot/lane.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import type { Lanes } from '../snapshot/with-lanes.ts';
import { rowHash } from '../verify/row-hash.ts';
import { groupByTable, tableKey, type Checkpoint, type RecordedPart } from './checkpoint.ts';

export interface ComparePartsInput {
  checkpoint: Checkpoint;
  tables: readonly Table[];
  lanes: Lanes;
  haveSameEncoding: boolean;
  progress: ProgressTracker;
  repeat: RepeatDeps;
}

/** The finished parts of one table, sorted by what they still are worth. */
export interface ComparedTable {
  table: Table;
  kept: RecordedPart[];
  changed: RecordedPart[];
  /** Rows in the parts that are kept. */
  keptRows: number;
  /** The target holds rows that no part accounts for: nothing of the table can be kept. */
  hasForeignRows: boolean;
}

/** Compares every table of which something was copied. */
export async function compareParts(input: ComparePartsInput): Promise<ComparedTable[]> {
  const { checkpoint, tables, lanes, progress } = input;
  const finished = groupByTable(checkpoint.parts.filter(({ transactionId }) => transactionId !== null));
  const begun = tables.filter((table) => finished.has(tableKey(table)));
  progress.startTables('compare', begun);
  const compared: ComparedTable[] = [];
  const tasks = begun.map<Task<Lane>>((table) => ({
    id: String(table.oid),
    weight: table.bytes,
    waitsFor: new Set(),
    locks: new Map(),
    run: async (lane) => {
      progress.startTable(table, 'compare');
      const parts = finished.get(tableKey(table)) ?? [];
      compared.push(
        await repeatOnLane(input.repeat, lane, async () => {
          const result = await compareTableParts(table, parts, lane, input.haveSameEncoding);
          await lane.noteRead();
          return result;
        }),
      );
      progress.finishTable(table, 0);
    },
  }));
  await runTasks(lanes, tasks);
  return compared;
}

async function compareTableParts(
  table: Table,
  parts: readonly RecordedPart[],
  { source, target }: Lane,
  haveSameEncoding: boolean,
): Promise<ComparedTable> {
  const hash = rowHash(table.columns, haveSameEncoding);
  const [onSource, onTarget] = await Promise.all([
    readSourceDigests(source, table, parts, hash),
    readTargetDigests(target, table, hash),
  ]);
  const result: ComparedTable = { table, kept: [], changed: [], keptRows: 0, hasForeignRows: false };
  const loaders = new Set(parts.map(({ transactionId }) => transactionId));
  result.hasForeignRows = [...onTarget.keys()].some((transactionId) => !loaders.has(transactionId));
  for (const [index, part] of parts.entries()) {
    const expected = onSource[index] ?? EMPTY;
    const found = onTarget.get(part.transactionId ?? '') ?? EMPTY;
    const isEqual = expected.rows === found.rows && expected.hash === found.hash;
    (isEqual && !result.hasForeignRows ? result.kept : result.changed).push(part);
    if (isEqual && !result.hasForeignRows) result.keptRows += Number(found.rows);
  }
  return result;
}

interface Digest {
  rows: string;
  hash: string;
}

const EMPTY: Digest = { rows: '0', hash: '0' };

async function readSourceDigests(
  source: Session,
  table: Table,
  parts: readonly RecordedPart[],
  hash: string,
): Promise<Digest[]> {
  const digests: Digest[] = [];
  for (const { range } of parts) {
    digests.push(
      await source.queryOne<Digest & Record<string, string>>(
        `read the contents of ${table.label}`,
        `SELECT pg_catalog.count(*)::text AS rows, coalesce(pg_catalog.sum(${hash}), 0)::text AS hash
         FROM ${rowsOfPart({ table, range })}`,
      ),
    );
  }
  return digests;
}

/** By the transaction that loaded the rows. */
async function readTargetDigests(target: Session, table: Table, hash: string): Promise<Map<string, Digest>> {
  const rows = await target.query<Digest & { loader: string } & Record<string, string>>(
    `read the contents of ${table.label}`,
    `SELECT xmin::text AS loader, pg_catalog.count(*)::text AS rows, coalesce(pg_catalog.sum(${hash}), 0)::text AS hash
     FROM ${rowsOf({ ...table, predicate: null })} GROUP BY xmin::text`,
  );
  return new Map(rows.map(({ loader, ...digest }) => [loader, digest]));
}
