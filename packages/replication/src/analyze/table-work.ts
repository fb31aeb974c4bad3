import { oidsOf } from '../catalog/list-tables.ts';
import { tableKey } from '../checkpoint/checkpoint.ts';
import type { PlannedTable } from '../restore/plan-parts.ts';
import type { ItemBundle } from '../restore/bundle-items.ts';
import { bundleId, lockName, rowsId } from '../restore/task-ids.ts';
import type { RestorePlan } from '../schema/restore-plan.ts';

/** What a copy has still to do for a table before it can be analysed. */
export interface TableWork {
  /** What keeps tasks off the table. */
  lock: string;
  bytes: number;
  /** Ids of the tasks that copy its rows. */
  rows: string[];
  /** Ids of the tasks that make what has statistics of its own. */
  items: string[];
}

export interface TableWorkInput {
  tables: readonly PlannedTable[];
  plan: RestorePlan;
  /** What comes after the rows and is not done yet. */
  bundles: readonly ItemBundle[];
}

/** Besides a table's columns, expressions of indexes have statistics, those of constraints too, and extended ones. */
const kindsWithStatistics: ReadonlySet<string> = new Set(['INDEX', 'CONSTRAINT', 'STATISTICS']);

/** By `tableKey`, as a table's oid is another one on each side. */
export function workByTable({ tables, plan, bundles }: TableWorkInput): Map<string, TableWork> {
  const byOid = new Map<number, TableWork>();
  const byKey = new Map<string, TableWork>();
  for (const { kind, namespace, tag, catalogId } of plan.beforeData) {
    if (kind !== 'TABLE') continue;
    const work: TableWork = { lock: lockName(catalogId.oid), bytes: 0, rows: [], items: [] };
    byOid.set(catalogId.oid, work);
    byKey.set(tableKey({ schema: namespace ?? '', name: tag }), work);
  }
  for (const { table, parts } of tables) {
    for (const oid of oidsOf(table)) {
      const work = byOid.get(oid);
      if (work === undefined) continue;
      work.bytes = table.bytes;
      work.rows = parts.map((part) => rowsId(table, part));
    }
  }
  for (const bundle of bundles) {
    for (const { entry, waitsForTables } of bundle) {
      if (!kindsWithStatistics.has(entry.kind)) continue;
      for (const oid of waitsForTables) byOid.get(oid)?.items.push(bundleId(bundle));
    }
  }
  return byKey;
}
