/** What a run has done so far, told at most a few times a second. */
import type { JobProgress, SyncProgress } from '@seren-replicator/job-models';
import type { Table } from '../catalog/list-tables.ts';

const REPORT_INTERVAL_MS = 200;
/** A rate over less time than this says little about the time that is left. */
const MIN_RATE_SECONDS = 2;
const MAX_ACTIVE_TABLES = 16;

/** A table, or what is shown like one. */
export type ProgressEntry = Pick<Table, 'oid' | 'label' | 'bytes'>;

interface TableProgress {
  label: string;
  phase: string;
  copied: number;
  /** Estimated from the size on disk until the table is done. */
  total: number;
}

export class ProgressTracker {
  readonly #report: (progress: JobProgress) => void;
  readonly #active = new Map<number, TableProgress>();
  #reportedAt = 0;
  #phase = 'preflight';
  #database: string | null = null;
  #databases = { completed: 0, total: 0 };
  #tables = { completed: 0, total: 0 };
  #rows = 0;
  #bytes = { copied: 0, total: 0 };
  #movedBytes = 0;
  #startedAt: number | undefined;
  #sync: SyncProgress | undefined;

  constructor(report: (progress: JobProgress) => void) {
    this.#report = report;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Of all phases and attempts together; only ever grows. */
  get movedBytes(): number {
    return this.#movedBytes;
  }

  get bytes(): number {
    return this.#bytes.copied;
  }

  startPhase(phase: string): void {
    this.#phase = phase;
    this.#emit();
  }

  startDatabase(name: string, databasesTotal: number): void {
    this.#database = name;
    this.#databases.total = databasesTotal;
    this.#emit();
  }

  finishDatabase(): void {
    this.#databases.completed += 1;
    this.#emit();
  }

  /**
   * Begins a phase that goes through tables: its figures count from nothing.
   *
   * @param otherBytes of what is not in tables
   */
  startTables(phase: string, tables: readonly Table[], otherBytes = 0): void {
    this.#phase = phase;
    this.#tables = { completed: 0, total: tables.length };
    this.#rows = 0;
    this.#bytes = { copied: 0, total: tables.reduce((sum, { bytes }) => sum + bytes, otherBytes) };
    this.#startedAt = performance.now();
    this.#emit();
  }

  /** A table, or a first or further part of it, is begun. */
  startTable({ oid, label, bytes }: ProgressEntry, phase: string): void {
    if (this.#active.has(oid)) return;
    this.#active.set(oid, { label, phase, copied: 0, total: bytes });
    this.#emitNowAndThen();
  }

  addBytes({ oid }: ProgressEntry, bytes: number): void {
    const active = this.#active.get(oid);
    if (active === undefined) return;
    active.copied += bytes;
    this.#bytes.copied += bytes;
    this.#movedBytes += Math.max(0, bytes);
    const excess = active.copied - active.total;
    if (excess > 0) {
      active.total += excess;
      this.#bytes.total += excess;
    }
    this.#emitNowAndThen();
  }

  /** A table is in: from now on its real size counts, not the estimate. */
  finishTable(table: Table, rows: number): void {
    if (!this.#active.has(table.oid)) return;
    this.#rows += rows;
    this.#tables.completed += 1;
    this.finishOther(table);
  }

  /** What is no table is in. */
  finishOther({ oid }: ProgressEntry): void {
    const active = this.#active.get(oid);
    if (active === undefined) return;
    this.#active.delete(oid);
    this.#bytes.total += active.copied - active.total;
    this.#emitNowAndThen();
  }

  /** What is applied of the source's changes; told as often as it comes. */
  noteSync(sync: SyncProgress): void {
    this.#sync = sync;
    this.#emit();
  }

  finish(): void {
    this.startPhase('done');
  }

  #emitNowAndThen(): void {
    if (performance.now() - this.#reportedAt >= REPORT_INTERVAL_MS) this.#emit();
  }

  #emit(): void {
    this.#reportedAt = performance.now();
    this.#report({
      phase: this.#phase,
      current_database: this.#database,
      databases_completed: this.#databases.completed,
      databases_total: this.#databases.total,
      tables_completed: this.#tables.completed,
      tables_total: this.#tables.total,
      rows_copied: this.#rows,
      bytes_copied: this.#bytes.copied,
      bytes_total: this.#bytes.total,
      eta_seconds: this.#etaSeconds(),
      active: [...this.#active.values()]
        .slice(0, MAX_ACTIVE_TABLES)
        .map(({ label, phase, copied, total }) => ({
          table: label,
          phase,
          bytes_copied: copied,
          bytes_total: total,
        })),
      ...(this.#sync !== undefined && { sync: this.#sync }),
    });
  }

  #etaSeconds(): number | null {
    if (this.#startedAt === undefined || this.#tables.completed === this.#tables.total) return null;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    if (seconds < MIN_RATE_SECONDS || this.#bytes.copied === 0) return null;
    const left = this.#bytes.total - this.#bytes.copied;
    return Math.round((left * seconds) / this.#bytes.copied);
  }
}
