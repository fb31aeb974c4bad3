/**
 * Rows that users put into tables of extensions (PostGIS' spatial reference systems, pg_cron's jobs). CREATE EXTENSION
 * has made these tables on the target, with keys and triggers, and has filled them with what is the extension's own:
 * that stays. Users' rows, by the extension's own condition, are replaced in one transaction, hence a repeated copy
 * does not double them. The tables are few and small; they come before the rows of users' tables, which may refer to
 * them, and among themselves in the order of their foreign keys, as pg_dump has it (`processExtensionTables`).
 */
import pg from 'pg';
import type { SkippedObject } from '@seren-replicator/job-models';
import { listTables, rowsOf, type Table } from '../catalog/list-tables.ts';
import { identifierList, qualifiedName } from '../catalog/quote.ts';
import { tableKey } from '../checkpoint/checkpoint.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import type { Session } from '../session/session.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import type { Lanes } from '../snapshot/with-lanes.ts';
import { rowHash } from '../verify/row-hash.ts';
import type { RowFormat } from './choose-row-format.ts';
import type { RateLimit } from './rate-limit.ts';
import { relayRows } from './relay-rows.ts';

export interface CopyConfigurationInput {
  /** In a transaction that reads the snapshot. */
  source: Session;
  tables: readonly Table[];
  lanes: Lanes;
  repeat: RepeatDeps;
  /** An earlier run may have copied them, and rows of users' tables may refer to them by now. */
  isResumed: boolean;
  haveSameEncoding: boolean;
  rowFormat: RowFormat;
  rate: RateLimit;
  progress: ProgressTracker;
}

/** @returns tables that the extension of the target does not have */
export async function copyConfiguration(input: CopyConfigurationInput): Promise<SkippedObject[]> {
  const { source, tables, lanes, repeat, progress } = input;
  if (tables.length === 0) return [];
  const [lane] = lanes;
  const onTarget = new Map((await listTables(lane.target)).map((table) => [tableKey(table), table]));
  const skipped: SkippedObject[] = [];
  for (const table of await sortByForeignKeys(source, tables)) {
    const targetTable = onTarget.get(tableKey(table));
    progress.startTable(table, 'copy');
    if (targetTable?.configuration === undefined || targetTable.configuration === null) {
      skipped.push({
        object: `rows of ${table.label}`,
        reason: 'the extension that keeps them has no such table on the target',
      });
      progress.finishTable(table, 0);
      continue;
    }
    const rows = await repeatOnLane(repeat, lane, () => copyTable(input, table, targetTable));
    progress.finishTable(table, rows);
  }
  return skipped;
}

async function copyTable(input: CopyConfigurationInput, table: Table, targetTable: Table): Promise<number> {
  const { lanes, isResumed, haveSameEncoding, progress, repeat, rate } = input;
  const [{ source, target }] = lanes;
  if (isResumed) {
    const hash = rowHash(table.columns, haveSameEncoding);
    const [here, there] = await Promise.all([digest(source, table, hash), digest(target, targetTable, hash)]);
    if (here.rows === there.rows && here.hash === there.hash) return Number(here.rows);
  }
  const name = qualifiedName(table.schema, table.name);
  const columns = identifierList(table.copyColumns);
  const encoding = `(ENCODING ${pg.escapeLiteral(input.rowFormat.encoding)})`;
  return relayRows({
    source,
    target,
    copyToSql: `COPY (SELECT ${columns} FROM ${rowsOf(table)}) TO STDOUT ${encoding}`,
    copyFromSql: `BEGIN; DELETE FROM ${rowsOf(targetTable)}; COPY ${name} (${columns}) FROM STDIN ${encoding}; COMMIT`,
    label: table.label,
    onBytes: (bytes) => progress.addBytes(table, bytes),
    rate,
    signal: repeat.deps.signal,
  });
}

async function digest(session: Session, table: Table, hash: string): Promise<{ rows: string; hash: string }> {
  return session.queryOne(
    `read the contents of ${table.label}`,
    `SELECT pg_catalog.count(*)::text AS rows, coalesce(pg_catalog.sum(${hash}), 0)::text AS hash
     FROM ${rowsOf(table)}`,
  );
}

/** What others refer to comes first; in a circle, which no order would do for, the order is left as it is. */
async function sortByForeignKeys(source: Session, tables: readonly Table[]): Promise<Table[]> {
  const keys = await source.query<{ referring: string; referred: string }>(
    'list foreign keys of extensions',
    `SELECT conrelid::int8::text AS referring, confrelid::int8::text AS referred
     FROM pg_catalog.pg_constraint
     WHERE contype = 'f' AND conrelid <> confrelid
       AND conrelid = ANY ($1::oid[]) AND confrelid = ANY ($1::oid[])`,
    [tables.map(({ oid }) => oid)],
  );
  const sorted = new Set<Table>();
  const visited = new Set<number>();
  const visit = (table: Table) => {
    if (visited.has(table.oid)) return;
    visited.add(table.oid);
    const referred = keys.filter(({ referring }) => Number(referring) === table.oid);
    for (const { referred: oid } of referred) {
      const other = tables.find((candidate) => candidate.oid === Number(oid));
      if (other !== undefined) visit(other);
    }
    sorted.add(table);
  };
  for (const table of tables) visit(table);
  return [...sorted];
}
