import type { ArchiveEntry } from './archive.ts';

/**
 * A function from a partitioned table's dump id to those of its partitions at every level. pg_dump creates
 * partitions apart and then attaches them: `TABLE ATTACH` entries depend on the partition and on its parent.
 */
export function partitionsOf(entries: readonly ArchiveEntry[]): (dumpId: number) => number[] {
  const children = new Map<number, number[]>();
  const byId = new Map(entries.map((entry) => [entry.dumpId, entry]));
  for (const entry of entries) {
    if (entry.kind !== 'TABLE ATTACH') continue;
    // The attachment bears the partition's name.
    const tables = entry.dependencies
      .map((dumpId) => byId.get(dumpId))
      .filter((table) => table !== undefined);
    const child = tables.find(({ tag, namespace }) => tag === entry.tag && namespace === entry.namespace);
    if (child === undefined) continue;
    for (const parent of tables) {
      if (parent !== child && parent.kind === 'TABLE') {
        children.set(parent.dumpId, [...(children.get(parent.dumpId) ?? []), child.dumpId]);
      }
    }
  }
  const descendants = (dumpId: number): number[] =>
    (children.get(dumpId) ?? []).flatMap((child) => [child, ...descendants(child)]);
  return descendants;
}
