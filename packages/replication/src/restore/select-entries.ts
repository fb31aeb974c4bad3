/**
 * Leaves tables out of an archive, and with them everything that could not exist without them: a foreign key to such a
 * table, a view of it, an index on it. What goes for that reason although nobody asked for it is told.
 */
import type { SkippedObject } from '@seren-replicator/job-models';
import type { ArchiveEntry } from '../schema/archive.ts';

export interface SelectedEntries {
  entries: ArchiveEntry[];
  skipped: SkippedObject[];
}

/** Entries that are only parts of a sequence. */
const sequenceParts: ReadonlySet<string> = new Set(['SEQUENCE OWNED BY', 'ACL', 'COMMENT', 'SECURITY LABEL']);

/** Entries that are told of only by way of the object that they belong to. */
const partKinds: ReadonlySet<string> = new Set([
  ...sequenceParts,
  'SEQUENCE',
  'DEFAULT',
  'INDEX ATTACH',
  'TABLE ATTACH',
]);

const tableKinds: ReadonlySet<string> = new Set(['TABLE', 'FOREIGN TABLE']);

/** @param isInScope by the table's oid at the source */
export function selectEntries(
  all: readonly ArchiveEntry[],
  isInScope: (tableOid: number) => boolean,
): SelectedEntries {
  const excluded = all.filter(({ kind, catalogId }) => tableKinds.has(kind) && !isInScope(catalogId.oid));
  const gone = new Map<number, ArchiveEntry>(excluded.map((entry) => [entry.dumpId, entry]));
  const excludedIds = new Set(gone.keys());
  // Most entries come after what they depend on, but not all: go round until nothing is added.
  for (let isGrowing = gone.size > 0; isGrowing;) {
    isGrowing = false;
    for (const entry of all) {
      if (gone.has(entry.dumpId)) continue;
      const cause = entry.dependencies.map((id) => gone.get(id)).find((found) => found !== undefined);
      if (cause === undefined) continue;
      gone.set(entry.dumpId, cause);
      isGrowing = true;
    }
  }
  leaveOutOwnedSequences(all, gone);
  return {
    entries: all.filter(({ dumpId }) => !gone.has(dumpId)),
    skipped: all
      .filter(({ dumpId }) => gone.has(dumpId) && !excludedIds.has(dumpId))
      .filter((entry) => !isPartOf(entry, excluded))
      .map((entry) => ({
        object: `${entry.kind.toLowerCase()} ${nameOf(entry)}`,
        reason: `depends on ${nameOf(gone.get(entry.dumpId) ?? entry)}, which is left out`,
      })),
  };
}

/** A serial column's sequence exists without its table, but is of no use unless something else draws from it. */
function leaveOutOwnedSequences(all: readonly ArchiveEntry[], gone: Map<number, ArchiveEntry>): void {
  const kept = all.filter(({ dumpId }) => !gone.has(dumpId));
  for (const entry of all) {
    const cause = gone.get(entry.dumpId);
    if (entry.kind !== 'SEQUENCE OWNED BY' || cause === undefined) continue;
    for (const sequence of kept) {
      const isOwned = sequence.kind === 'SEQUENCE' && entry.dependencies.includes(sequence.dumpId);
      const users = kept.filter(({ dependencies }) => dependencies.includes(sequence.dumpId));
      if (isOwned && users.every(({ kind }) => sequenceParts.has(kind))) {
        for (const { dumpId } of [sequence, ...users]) gone.set(dumpId, cause);
      }
    }
  }
}

/** What is only a part of an excluded table (its indexes, comments, grants) is left out with it as a matter of course. */
function isPartOf(entry: ArchiveEntry, excluded: readonly ArchiveEntry[]): boolean {
  if (partKinds.has(entry.kind)) return true;
  if (entry.kind !== 'FK CONSTRAINT') {
    return entry.dependencies.every((id) => excluded.some(({ dumpId }) => dumpId === id));
  }
  // A foreign key belongs to the table that its tag begins with; it depends on both.
  return excluded.some(
    ({ namespace, tag }) => namespace === entry.namespace && entry.tag.startsWith(`${tag} `),
  );
}

function nameOf({ namespace, tag }: ArchiveEntry): string {
  return namespace === null ? tag : `${namespace}.${tag}`;
}
