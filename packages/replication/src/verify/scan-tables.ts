/**
 * Reads tables on both sides at once: a query is put to every part of a table on each side, and what comes back is
 * handed over as it comes. Parts are ranges of blocks. A row lies in another block on each side, so that the parts of
 * the two sides have nothing to do with each other: what is read of a table must be something that adds up.
 */
import { ReplicatorError, type ReadAmount } from '@seren-replicator/job-models';
import type { Table } from '../catalog/list-tables.ts';
import { rowsOfPart, splitTable, type TablePart } from '../copy/split-table.ts';
import { runTasks, type Task } from '../schedule/run-tasks.ts';
import type { Session } from '../session/session.ts';
import type { Side } from '../session/pinned-settings.ts';
import type { Lane } from '../snapshot/lane.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import type { Lanes } from '../snapshot/with-lanes.ts';

export interface ScanDeps {
  /** All sessions of a side read one snapshot, also those that replace lost ones. */
  lanes: Lanes;
  versionNums: Readonly<Record<Side, number>>;
  /** See `Tuning`. */
  minPartBytes: number | null;
  repeat: RepeatDeps;
  /** Counts what was read; rows are for the scans to count. */
  read: Readonly<Record<Side, ReadAmount>>;
}

export type ScannedRow = Record<string, string | null>;

export interface TableScan {
  /** A side that is left out is not read. */
  tables: { readonly source: Table; readonly target?: Table };
  /** Completes "could not …" in errors. */
  doing: string;
  /** @param rows what to read from; it may end in a condition */
  sql: (rows: string) => string;
  values?: unknown[];
  /** The first part is about to be read. */
  start?: () => void;
  /**
   * Called once for each part; a list is empty where its side has fewer parts.
   *
   * @param share of the table, from 0 to 1
   */
  take: (part: Record<Side, ScannedRow[]>, share: number) => void;
  /** Every part was taken. */
  finish?: () => void;
  /** A server could not answer for a part: what was taken before is of no use, and no more comes. */
  fail: (error: ReplicatorError) => void;
}

/**
 * Runs all scans, those of the largest tables first.
 *
 * @throws ReplicatorError of a lost connection or a missing privilege; a query that fails ends only its own scan
 */
export async function scanTables(deps: ScanDeps, scans: readonly TableScan[]): Promise<void> {
  await runTasks(
    deps.lanes,
    scans.flatMap((scan, index) => new RunningScan(deps, scan).tasks(`scan ${index}`)),
  );
}

class RunningScan {
  readonly #deps: ScanDeps;
  readonly #scan: TableScan;
  readonly #parts: Readonly<Record<Side, readonly TablePart[]>>;
  #partsTaken = 0;
  #state: 'waiting' | 'running' | 'failed' = 'waiting';

  constructor(deps: ScanDeps, scan: TableScan) {
    const { source, target } = scan.tables;
    this.#deps = deps;
    this.#scan = scan;
    this.#parts = {
      source: this.#split('source', source),
      target: target === undefined ? [] : this.#split('target', target),
    };
  }

  tasks(id: string): Task<Lane>[] {
    return Array.from({ length: this.#partCount }, (_, index) => ({
      id: `${id} part ${index}`,
      // All parts of the largest table come before the next table, so that the lanes end at about the same time.
      weight: this.#scan.tables.source.bytes,
      waitsFor: new Set<string>(),
      locks: new Map(),
      run: (lane: Lane) => this.#run(lane, index),
    }));
  }

  get #partCount(): number {
    return Math.max(this.#parts.source.length, this.#parts.target.length);
  }

  #split(side: Side, table: Table): TablePart[] {
    const { lanes, versionNums, minPartBytes } = this.#deps;
    return splitTable({
      table,
      lanes: lanes.length,
      serverVersionNum: versionNums[side],
      minPartBytes,
    });
  }

  async #run(lane: Lane, index: number): Promise<void> {
    if (this.#state === 'waiting') {
      this.#state = 'running';
      this.#scan.start?.();
    }
    if (this.#state === 'failed') return;
    try {
      this.#take(await repeatOnLane(this.#deps.repeat, lane, () => this.#readPart(lane, index)));
    } catch (error) {
      if (!(error instanceof ReplicatorError) || error.code !== 'query_failed') throw error;
      this.#fail(error);
      // The transaction that had joined the snapshot is gone with the query.
      await lane.renew();
    }
  }

  /** Both sides at once, and both to their end: the lane is free when this settles. */
  async #readPart(lane: Lane, index: number): Promise<Record<Side, ScannedRow[]>> {
    const [source, target] = await Promise.allSettled([
      this.#readSide(lane.source, this.#parts.source[index]),
      this.#readSide(lane.target, this.#parts.target[index]),
    ]);
    if (source.status === 'rejected') throw source.reason;
    if (target.status === 'rejected') throw target.reason;
    await lane.noteRead();
    return { source: source.value, target: target.value };
  }

  async #readSide(session: Session, part: TablePart | undefined): Promise<ScannedRow[]> {
    if (part === undefined) return [];
    const { doing, sql, values } = this.#scan;
    const rows = await session.query<ScannedRow>(doing, sql(rowsOfPart(part)), values);
    this.#deps.read[session.side].bytes += part.table.bytes / this.#parts[session.side].length;
    return rows;
  }

  #take(part: Record<Side, ScannedRow[]>): void {
    if (this.#state === 'failed') return;
    this.#scan.take(part, 1 / this.#partCount);
    this.#partsTaken += 1;
    if (this.#partsTaken === this.#partCount) this.#scan.finish?.();
  }

  #fail(error: ReplicatorError): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.#scan.fail(error);
  }
}
