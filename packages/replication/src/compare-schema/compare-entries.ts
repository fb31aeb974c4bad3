/**
 * Compares two archives entry by entry. Where an object is missing, so is all that stands on it: only the object itself
 * is told of.
 */
import type { InvalidIndex } from '../catalog/list-invalid-indexes.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import { describeDifference, describeMissing, type ObjectDifference } from './describe-difference.ts';
import { identityOf } from './entry-name.ts';
import { propertiesOf, type EntryProperties } from './entry-properties.ts';
import { isOldPublicDefault } from './public-schema.ts';
import { FIRST_MAJOR_WITHOUT_PREFIX, isSameView } from './same-view.ts';

export interface SchemaSide {
  major: number;
  /** Who owns what initdb has made. */
  bootstrapSuperuser: string;
  /** What a run has to do with. */
  entries: readonly ArchiveEntry[];
  /** Indexes that are there but not usable, which pg_dump leaves out. */
  invalidIndexes: readonly InvalidIndex[];
}

export interface CompareEntriesInput {
  source: SchemaSide;
  target: SchemaSide;
  /** Whether an entry of either side is to be looked at. */
  isCompared: (entry: ArchiveEntry) => boolean;
  noOwner: boolean;
}

interface Pair {
  source: ArchiveEntry;
  target: ArchiveEntry;
}

/** Entries of both archives about the same thing, and those of one that the other has nothing for. */
interface Matched {
  pairs: Pair[];
  missing: ArchiveEntry[];
  added: ArchiveEntry[];
}

const viewKinds: ReadonlySet<string> = new Set(['VIEW', 'MATERIALIZED VIEW', 'RULE']);

export function compareEntries(input: CompareEntriesInput): ObjectDifference[] {
  const { pairs, missing, added } = matchEntries(
    input.source.entries.filter(input.isCompared),
    input.target.entries.filter(input.isCompared),
  );
  return [
    ...withoutImplied(missing, input.source, input.target).map((entry) =>
      describeMissing(
        entry,
        isInvalidIndex(entry, input.target) ? 'invalid on the target' : 'missing on the target',
      ),
    ),
    ...pairs.flatMap((pair) => comparePair(pair, input)),
    ...withoutImplied(added, input.target, input.source)
      // Where an extension is installed for its own sake, it brings nothing that is copied or compared.
      .filter(({ kind }) => kind !== 'EXTENSION')
      .map((entry) =>
        describeMissing(
          entry,
          isInvalidIndex(entry, input.source) ? 'invalid on the source' : 'only on the target',
        ),
      ),
  ];
}

function isInvalidIndex({ kind, namespace, tag }: ArchiveEntry, { invalidIndexes }: SchemaSide): boolean {
  return invalidIndexes.some(
    ({ schema, table, name }) =>
      schema === namespace &&
      (kind === 'INDEX' ? tag === name : kind === 'CONSTRAINT' && tag === `${table} ${name}`),
  );
}

function matchEntries(source: readonly ArchiveEntry[], target: readonly ArchiveEntry[]): Matched {
  const onTarget = groupByIdentity(target);
  const matched: Matched = { pairs: [], missing: [], added: [] };
  for (const [identity, entries] of groupByIdentity(source)) {
    const others = onTarget.get(identity) ?? [];
    onTarget.delete(identity);
    for (const entry of entries) {
      const [same] = others.filter(({ definition }) => definition === entry.definition);
      const other = same ?? others[0];
      if (other === undefined) matched.missing.push(entry);
      else {
        others.splice(others.indexOf(other), 1);
        matched.pairs.push({ source: entry, target: other });
      }
    }
    matched.added.push(...others);
  }
  matched.added.push(...[...onTarget.values()].flat());
  return matched;
}

function groupByIdentity(entries: readonly ArchiveEntry[]): Map<string, ArchiveEntry[]> {
  const groups = new Map<string, ArchiveEntry[]>();
  for (const entry of entries) {
    const identity = identityOf(entry);
    groups.set(identity, [...(groups.get(identity) ?? []), entry]);
  }
  return groups;
}

/**
 * What stands on something that is missing too could not be there; and what an old server says of the schema "public"
 * is nothing that a new one would say.
 */
function withoutImplied(
  missing: readonly ArchiveEntry[],
  { major, bootstrapSuperuser, entries }: SchemaSide,
  other: SchemaSide,
): ArchiveEntry[] {
  const missingIds = new Set(missing.map(({ dumpId }) => dumpId));
  const attachedTables = new Set(
    missing.filter(({ kind }) => kind === 'TABLE ATTACH').flatMap(({ dependencies }) => dependencies),
  );
  const byId = new Map(entries.map((entry) => [entry.dumpId, entry]));
  /** A partition that is detached takes its indexes out of the parent's with it. */
  const isAttachedWithTable = ({ kind, dependencies }: ArchiveEntry): boolean =>
    kind === 'INDEX ATTACH' &&
    dependencies.some((id) => byId.get(id)?.dependencies.some((table) => attachedTables.has(table)));
  return missing.filter(
    (entry) =>
      !entry.dependencies.some((id) => missingIds.has(id)) &&
      !isAttachedWithTable(entry) &&
      !isOldPublicDefault(entry, { major, otherMajor: other.major, bootstrapSuperuser }),
  );
}

function comparePair(pair: Pair, { source, target, noOwner }: CompareEntriesInput): ObjectDifference[] {
  if (areWrittenAlike(pair)) return [];
  const majors = [source.major, target.major] as const;
  const owners = [pair.source.owner, pair.target.owner];
  const [onSource, onTarget] = [pair.source, pair.target].map((entry) =>
    propertiesOf(entry, { majors, owners, noOwner }),
  );
  if (onSource === undefined || onTarget === undefined) return [];
  const isView = viewKinds.has(pair.source.kind) && haveSameView(onSource, onTarget, majors);
  const differing = [...new Set([...onSource.keys(), ...onTarget.keys()])].filter(
    (name) => onSource.get(name) !== onTarget.get(name) && !(isView && name === 'definition'),
  );
  return differing.length === 0 ? [] : [describeDifference(pair.source, differing, onSource, onTarget)];
}

/** Most are: taking apart what is the same to the letter would cost a schema's size many times over. */
function areWrittenAlike({ source, target }: Pair): boolean {
  return (
    source.definition === target.definition &&
    source.owner === target.owner &&
    source.tablespace === target.tablespace &&
    source.tableAccessMethod === target.tableAccessMethod
  );
}

function haveSameView(
  source: EntryProperties,
  target: EntryProperties,
  [sourceMajor, targetMajor]: readonly [number, number],
): boolean {
  const isOldSource = sourceMajor < FIRST_MAJOR_WITHOUT_PREFIX;
  if (isOldSource === targetMajor < FIRST_MAJOR_WITHOUT_PREFIX) return false;
  const [older, newer] = isOldSource ? [source, target] : [target, source];
  return isSameView(older.get('definition') ?? '', newer.get('definition') ?? '');
}
