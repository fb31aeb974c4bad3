/** The quick comparison: how many rows each table has, and where sequences are, each side under one snapshot. */
import { listTables } from '../catalog/list-tables.ts';
import type { Table } from '../catalog/list-tables.ts';
import { readSequences } from '../catalog/read-sequences.ts';
import { readServerFacts } from '../catalog/read-server-facts.ts';
import { isInScope } from '../scope/resolve-rules.ts';
import { chooseLaneCount } from '../snapshot/choose-lane-count.ts';
import { standingOf, whileStanding } from '../snapshot/standing-of.ts';
import { withLanes } from '../snapshot/with-lanes.ts';
import { withSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import { tuningOf } from '../tuning.ts';
import type { CompareDatabaseInput, DatabaseComparison } from '../verify/compare-database.ts';
import { compareSequences } from '../verify/compare-sequences.ts';
import { digestTables, type DigestedTable, type TableDigests } from '../verify/digest-tables.ts';
import type { ScanDeps } from '../verify/scan-tables.ts';

/** Hashed of every row, so that only their number counts. */
const NOTHING = '0';

/** Like `compareDatabase`, of which it leaves out schema, contents and large objects. */
export async function compareCounts(input: CompareDatabaseInput): Promise<DatabaseComparison> {
  return withSnapshot(input.scope.servers.target, listTables, async (target) => {
    const assertRunStands = standingOf([input.source.session, target.session]);
    return whileStanding(assertRunStands, () => countSnapshots(input, target, assertRunStands));
  });
}

async function countSnapshots(
  { deps, scope: { servers, rules }, options, progress, source }: CompareDatabaseInput,
  target: Snapshot,
  assertRunStands: () => Promise<void>,
): Promise<DatabaseComparison> {
  const { tables } = source;
  const facts = {
    source: await readServerFacts(source.session),
    target: await readServerFacts(target.session),
  };
  progress.startTables('verify', tables);
  const { jobs } = options;
  const count = chooseLaneCount({
    jobs,
    tables,
    otherBytes: 0,
    sourceFacts: facts.source,
    targetFacts: facts.target,
  });
  const snapshotIds = { source: source.id, target: target.id };
  const read = { source: { rows: 0, bytes: 0 }, target: { rows: 0, bytes: 0 } };
  const pairs = pairUp(tables, target.tables);
  const digests = await withLanes({ servers, count, snapshotIds }, (lanes) => {
    const scan: ScanDeps = {
      lanes,
      versionNums: { source: facts.source.versionNum, target: facts.target.versionNum },
      minPartBytes: tuningOf(deps).minPartBytes,
      repeat: { deps, assertRunStands },
      read,
    };
    return digestTables(scan, pairs, progress);
  });
  const database = servers.source.database;
  const onSource = await readSequences(source.session);
  const sequences = onSource.filter(({ ownerOid }) => ownerOid === null || isInScope(rules, ownerOid));
  return {
    tables: pairs.flatMap((pair, index) => {
      const found = digests[index];
      return found === undefined ? [] : [compareTable(database, pair, found)];
    }),
    sequences: compareSequences(database, sequences, await readSequences(target.session), {
      areValuesCompared: true,
    }),
    large_objects: [],
    schema: [],
    read,
  };
}

function pairUp(onSource: readonly Table[], onTarget: readonly Table[]): DigestedTable[] {
  const keyOf = ({ schema, name }: Table) => JSON.stringify([schema, name]);
  const byKey = new Map(onTarget.map((table) => [keyOf(table), table]));
  return onSource.map((source) => ({ source, target: byKey.get(keyOf(source)), rowHash: NOTHING }));
}

function compareTable(database: string, { source, target }: DigestedTable, found: TableDigests) {
  const difference = describeDifference(target, found);
  return {
    database,
    table: source.label,
    source_rows: found.failure === null ? found.source.rows : null,
    target_rows: found.failure === null && target !== undefined ? found.target.rows : null,
    equal: difference === null,
    difference,
  };
}

function describeDifference(target: Table | undefined, { failure, ...found }: TableDigests): string | null {
  if (target === undefined) return 'the table is missing on the target';
  if (failure !== null) return `could not be counted: ${failure.message}`;
  if (found.source.rows === found.target.rows) return null;
  return `${found.source.rows} rows on the source, ${found.target.rows} on the target`;
}
