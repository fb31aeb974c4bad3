/** What tasks of a copy are called, for those that wait for them, and the locks that keep them apart. */
import type { Table } from '../catalog/list-tables.ts';
import type { RecordedPart } from '../checkpoint/checkpoint.ts';
import type { ItemBundle } from './bundle-items.ts';

export function rowsId({ oid }: Table, { id }: RecordedPart): string {
  return `rows ${oid} part ${id}`;
}

export function bundleId([{ entry }]: ItemBundle): string {
  return `item ${entry.dumpId}`;
}

/** @param tableOid at the source */
export function lockName(tableOid: number): string {
  return `table ${tableOid}`;
}
