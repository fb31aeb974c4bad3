/**
 * Items that take next to no time are done together, as one task and in one transaction: a database of many small tables
 * costs round trips and commits.
 *
 * - What a small table has of its own (keys, indexes, triggers, their comments), once its rows are in.
 * - The attaching of partitions' indexes, of which each locks the root: some at a time, as soon as those are built.
 *
 * A bundle waits for rows, or for items that wait for nothing but rows: no two of them can wait for each other.
 */
import { oidsOf, type Table } from '../catalog/list-tables.ts';
import type { RestoreItem } from '../schema/restore-plan.ts';

/** Few enough for the rest of a tree to go on meanwhile. */
const MAX_ATTACHED = 25;

/** Done one after the other. */
export type ItemBundle = readonly [RestoreItem, ...RestoreItem[]];

export interface BundleItemsInput {
  /** All whose rows are copied. */
  tables: readonly Table[];
  /** Up to which size tables are small; null: none is. */
  maxBundledBytes: number | null;
}

/** @param items in a possible order */
export function bundleItems(items: readonly RestoreItem[], input: BundleItemsInput): ItemBundle[] {
  const { tables, maxBundledBytes } = input;
  if (maxBundledBytes === null) return items.map((item) => [item]);
  const isLarge = ({ bytes }: Table): boolean => bytes > maxBundledBytes;
  const large = new Set(tables.filter(isLarge).flatMap(oidsOf));
  const bundles: [RestoreItem, ...RestoreItem[]][] = [];
  const open = new Map<string, [RestoreItem, ...RestoreItem[]]>();
  for (const item of items) {
    const place = placeOf(item, large);
    const bundle = place === null ? undefined : open.get(place);
    if (bundle !== undefined && mayJoin(item, bundle)) {
      bundle.push(item);
      continue;
    }
    const begun: [RestoreItem, ...RestoreItem[]] = [item];
    bundles.push(begun);
    if (place !== null && (isAttachment(item) || item.waitsFor.length === 0)) open.set(place, begun);
  }
  return bundles;
}

/** What the items of a bundle have in common; null for one that stays on its own. */
function placeOf(item: RestoreItem, large: ReadonlySet<number>): string | null {
  if (isAttachment(item)) return `indexes of ${item.locks.map(({ table }) => table).join(', ')}`;
  const [table, ...others] = item.waitsForTables;
  return table === undefined || others.length > 0 || large.has(table) ? null : `table ${table}`;
}

function mayJoin(item: RestoreItem, bundle: ItemBundle): boolean {
  if (isAttachment(item)) return bundle.length < MAX_ATTACHED;
  return item.waitsFor.every((dumpId) => bundle.some(({ entry }) => entry.dumpId === dumpId));
}

function isAttachment({ entry }: RestoreItem): boolean {
  return entry.kind === 'INDEX ATTACH';
}
