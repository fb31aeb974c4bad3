/**
 * Narrows a difference down to rows: both sides group the rows of a table by some bits of a hash of their key and sum
 * each group up. Only groups whose sums differ are looked into, by more bits of the hash, until they are so small that
 * their rows can be fetched (hashes and places, not contents).
 *
 * A row that is there several times is several rows with one hash, which no bits tell apart: rows are counted.
 */
import type { RowDifference } from '@seren-replicator/job-models';
import type { Table } from '../catalog/list-tables.ts';
import type { Side } from '../session/pinned-settings.ts';
import { scanTables, type ScanDeps, type ScannedRow } from './scan-tables.ts';

/** What a search for the rows of one table needs to know. */
export interface RowSearch {
  deps: ScanDeps;
  source: Table;
  target: Table;
  /** On the side that has more of them. */
  rows: number;
  haveSameEncoding: boolean;
  /** Columns of the key; null when nothing but its whole content tells a row from others. */
  key: readonly string[] | null;
  /** SQL for the hash that tells rows apart. */
  keyHash: string;
  /** SQL for the hash of a row's content. */
  rowHash: string;
}

/** 4,096 groups a level: two levels reach the rows of a table of three billion. */
const BITS_PER_LEVEL = 12;
const MAX_BITS = 60;
/** Groups that are followed: each holds a row that differs. */
const MAX_GROUPS = 10;
/** A group that is not larger is fetched. */
const MAX_ROWS_PER_GROUP = 200;
/** Of hashes fetched, in case that keys are less unique than they should be. */
const MAX_FETCHED = 10_000;

export interface LocatedRow {
  kind: RowDifference['kind'];
  rows: number;
  /** Where a row of the kind lies on each side (`ctid`); null where there is none. */
  places: Readonly<Record<Side, string | null>>;
}

interface Groups {
  /** Bits of the hash that tell these groups apart. */
  bits: number;
  /** Values of those bits. */
  differing: readonly string[];
  /** Rows in the largest of them. */
  rows: number;
}

/** At least one row of every group that was followed; none when a server could not answer. */
export async function locateDifferences(search: RowSearch): Promise<LocatedRow[]> {
  let groups: Groups = { bits: 0, differing: ['0'], rows: search.rows };
  let isShrinking = true;
  while (groups.rows > MAX_ROWS_PER_GROUP && groups.bits < MAX_BITS && isShrinking) {
    const next = await sumGroups(search, groups);
    if (next.differing.length === 0) return [];
    // What does not fall apart is rows that are the same.
    isShrinking = next.rows < groups.rows / 2;
    groups = next;
  }
  return fetchGroups(search, groups);
}

async function sumGroups(search: RowSearch, within: Groups): Promise<Groups> {
  const { keyHash, rowHash } = search;
  const bits = within.bits + BITS_PER_LEVEL;
  const sums = new Map<string, Record<Side, { rows: number; hash: bigint }>>();
  await scan(search, within, {
    select: `((${keyHash}) & ${mask(bits)})::text AS bits, pg_catalog.count(*)::text AS rows,
             pg_catalog.sum(${rowHash})::text AS hash`,
    groupBy: '1',
    take: (side, { bits: value, rows, hash }) => {
      const group = sums.get(value ?? '') ?? {
        source: { rows: 0, hash: 0n },
        target: { rows: 0, hash: 0n },
      };
      group[side].rows += Number(rows);
      group[side].hash += BigInt(hash ?? 0);
      sums.set(value ?? '', group);
    },
    clear: () => sums.clear(),
  });
  const differing = [...sums]
    .filter(([, { source, target }]) => source.rows !== target.rows || source.hash !== target.hash)
    .map(([value, { source, target }]) => ({ value, rows: Math.max(source.rows, target.rows) }))
    .sort((a, b) => a.rows - b.rows)
    .slice(0, MAX_GROUPS);
  return {
    bits,
    differing: differing.map(({ value }) => value),
    rows: Math.max(0, ...differing.map(({ rows }) => rows)),
  };
}

/** Rows of one key and one content. */
interface SameRows {
  count: number;
  place: string;
}

/** By the hash of their content. */
type SameRowsOfKey = Record<Side, Map<string, SameRows>>;

async function fetchGroups(search: RowSearch, groups: Groups): Promise<LocatedRow[]> {
  const { keyHash, rowHash } = search;
  const byKey = new Map<string, SameRowsOfKey>();
  await scan(search, groups, {
    select: `(${keyHash})::text AS key, (${rowHash})::text AS hash, pg_catalog.count(*)::text AS rows,
             (pg_catalog.array_agg(ctid))[1]::text AS place`,
    groupBy: `1, 2 LIMIT ${MAX_FETCHED}`,
    take: (side, { key, hash, rows, place }) => {
      const ofKey: SameRowsOfKey = byKey.get(key ?? '') ?? { source: new Map(), target: new Map() };
      const same = ofKey[side].get(hash ?? '');
      ofKey[side].set(hash ?? '', {
        count: (same?.count ?? 0) + Number(rows),
        place: same?.place ?? place ?? '',
      });
      byKey.set(key ?? '', ofKey);
    },
    clear: () => byKey.clear(),
  });
  return [...byKey.values()].flatMap(compareKey);
}

/** Rows of one key: those with the same content on both sides are taken off each other, what is left differs. */
function compareKey({ source, target }: SameRowsOfKey): LocatedRow[] {
  const missing = excess(source, target);
  const added = excess(target, source);
  const located: LocatedRow[] = [];
  while (missing.length > 0 || added.length > 0) {
    const [onSource, onTarget] = [missing[0], added[0]];
    const isPair = onSource !== undefined && onTarget !== undefined;
    const rows = isPair
      ? Math.min(onSource.count, onTarget.count)
      : (onSource?.count ?? 0) + (onTarget?.count ?? 0);
    located.push({
      kind: isPair ? 'different' : onSource !== undefined ? 'missing on target' : 'only on target',
      rows,
      places: { source: onSource?.place ?? null, target: onTarget?.place ?? null },
    });
    takeOff(missing, rows);
    takeOff(added, rows);
  }
  return located;
}

function excess(of: ReadonlyMap<string, SameRows>, over: ReadonlyMap<string, SameRows>): SameRows[] {
  return [...of]
    .map(([hash, { count, place }]) => ({ count: count - (over.get(hash)?.count ?? 0), place }))
    .filter(({ count }) => count > 0);
}

function takeOff(rows: SameRows[], count: number): void {
  const [first] = rows;
  if (first === undefined) return;
  first.count -= count;
  if (first.count === 0) rows.shift();
}

interface GroupScan {
  select: string;
  groupBy: string;
  take: (side: Side, row: ScannedRow) => void;
  /** What was taken is of no use. */
  clear: () => void;
}

/** Reads the rows of some groups on both sides. */
async function scan(
  { deps, source, target, rows: rowCount, keyHash }: RowSearch,
  { bits, differing }: Groups,
  { select, groupBy, take, clear }: GroupScan,
): Promise<void> {
  await scanTables(deps, [
    {
      tables: { source, target },
      doing: `look for the rows of ${source.label} that differ`,
      sql: (rows) => `SELECT ${select} FROM (SELECT *, ctid FROM ${rows}) AS t
                      WHERE ((${keyHash}) & ${mask(bits)}) = ANY($1::int8[]) GROUP BY ${groupBy}`,
      values: [differing],
      take: (part) => {
        for (const side of ['source', 'target'] as const) for (const row of part[side]) take(side, row);
      },
      finish: () => {
        deps.read.source.rows += rowCount;
        deps.read.target.rows += rowCount;
      },
      fail: (error) => {
        deps.repeat.deps.log.warn({ reason: error.message }, 'rows that differ could not be looked for');
        clear();
      },
    },
  ]);
}

function mask(bits: number): string {
  return `${(1n << BigInt(bits)) - 1n}::int8`;
}
