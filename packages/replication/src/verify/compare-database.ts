/**
 * Everything that is compared of one database, each side under one snapshot: its schema, the contents of its tables,
 * its sequences. Changes nothing.
 */
import type { JobOptions, ReadAmount, SchemaDifference, TableComparison } from '@seren-replicator/job-models';
import { listTables } from '../catalog/list-tables.ts';
import { readSequences } from '../catalog/read-sequences.ts';
import { readServerFacts, type ServerFacts } from '../catalog/read-server-facts.ts';
import { compareSchemas } from '../compare-schema/compare-schemas.ts';
import type { EngineDeps } from '../engine.ts';
import { compareLargeObjects } from '../large-objects/compare-large-objects.ts';
import { bytesOf } from '../large-objects/large-object-work.ts';
import { planObjectParts } from '../large-objects/plan-object-parts.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import type { DatabaseScope } from '../scope/plan-scope.ts';
import { isInScope } from '../scope/resolve-rules.ts';
import type { Side } from '../session/pinned-settings.ts';
import { chooseLaneCount } from '../snapshot/choose-lane-count.ts';
import { standingOf, whileStanding } from '../snapshot/standing-of.ts';
import { withLanes } from '../snapshot/with-lanes.ts';
import { withSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import { tuningOf } from '../tuning.ts';
import { compareContents } from './compare-contents.ts';
import { compareSequences } from './compare-sequences.ts';
import type { ScanDeps } from './scan-tables.ts';

export interface CompareDatabaseInput {
  deps: EngineDeps;
  scope: DatabaseScope;
  options: Pick<JobOptions, 'jobs' | 'no_owner' | 'no_acl'>;
  progress: ProgressTracker;
  /** Its tables are those that are compared. */
  source: Snapshot;
  /** The source is written to, and the target follows: what a snapshot does not hold still is not compared. */
  isFollowed?: boolean;
  /** The source's whole schema under the snapshot, if it was dumped before by a pg_dump that knows both servers. */
  sourceEntries?: readonly ArchiveEntry[];
  /** Of these, by dump id, what the target has refused: it is told of elsewhere, and not compared. */
  refused?: ReadonlyMap<number, ArchiveEntry>;
}

export interface DatabaseComparison extends Record<
  'tables' | 'sequences' | 'large_objects',
  TableComparison[]
> {
  schema: SchemaDifference[];
  read: Record<Side, ReadAmount>;
}

/** @throws ReplicatorError `connection_lost` when a session that holds a snapshot is lost */
export async function compareDatabase(input: CompareDatabaseInput): Promise<DatabaseComparison> {
  return withSnapshot(input.scope.servers.target, listTables, async (target) => {
    const assertSnapshotsStand = standingOf([input.source.session, target.session]);
    return whileStanding(assertSnapshotsStand, () => compareSnapshots(input, target, assertSnapshotsStand));
  });
}

async function compareSnapshots(
  input: CompareDatabaseInput,
  target: Snapshot,
  assertRunStands: () => Promise<void>,
): Promise<DatabaseComparison> {
  const { deps, scope, options, source } = input;
  const { servers, rules } = scope;
  const facts = {
    source: await readServerFacts(source.session),
    target: await readServerFacts(target.session),
  };
  const schema = await compareSchemas({
    deps,
    servers,
    rules,
    source,
    target,
    versionNums: { source: facts.source.versionNum, target: facts.target.versionNum },
    sourceEntries: input.sourceEntries,
    refused: input.refused,
    areSuperusers: facts.source.isSuperuser && facts.target.isSuperuser,
    noOwner: options.no_owner,
    noAcl: options.no_acl,
  });
  const rows = await compareRows(input, target, facts, assertRunStands);
  const onSource = await readSequences(source.session);
  const inScope = onSource.filter(({ ownerOid }) => ownerOid === null || isInScope(rules, ownerOid));
  const sequences = compareSequences(servers.source.database, inScope, await readSequences(target.session), {
    areValuesCompared: input.isFollowed !== true,
  });
  return { ...rows, sequences, schema };
}

/** Tables and large objects, over lanes. */
async function compareRows(
  { deps, scope: { servers }, options, progress, source }: CompareDatabaseInput,
  target: Snapshot,
  facts: Readonly<Record<Side, ServerFacts>>,
  assertRunStands: () => Promise<void>,
): Promise<Pick<DatabaseComparison, 'tables' | 'large_objects' | 'read'>> {
  const database = servers.source.database;
  const { tables } = source;
  const parts = await planObjectParts(source.session);
  const otherBytes = bytesOf(parts);
  progress.startTables('verify', tables, otherBytes);
  const lanesInput = {
    servers,
    count: chooseLaneCount({
      jobs: options.jobs,
      tables,
      otherBytes,
      sourceFacts: facts.source,
      targetFacts: facts.target,
    }),
    snapshotIds: { source: source.id, target: target.id },
  };
  return withLanes(lanesInput, async (lanes) => {
    const scan: ScanDeps = {
      lanes,
      versionNums: { source: facts.source.versionNum, target: facts.target.versionNum },
      minPartBytes: tuningOf(deps).minPartBytes,
      repeat: { deps, assertRunStands },
      read: { source: { rows: 0, bytes: 0 }, target: { rows: 0, bytes: 0 } },
    };
    const compared = await compareContents(scan, {
      database,
      tables,
      targetTables: target.tables,
      haveSameEncoding: facts.source.encoding === facts.target.encoding,
      progress,
    });
    const large_objects = await compareLargeObjects({
      database,
      parts,
      lanes,
      progress,
      repeat: scan.repeat,
    });
    return { tables: compared, large_objects, read: scan.read };
  });
}
