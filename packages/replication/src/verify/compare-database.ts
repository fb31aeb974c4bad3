/**
 * Everything that is compared of one database, each side under one snapshot: its schema, the contents of its tables,
 * its sequences. Changes nothing.
 */
import type { JobOptions, ReadAmount, SchemaDifference, TableComparison } from '@seren-replicator/job-models';
import { listTables } from '../catalog/list-tables.ts';
import { readSequences } from '../catalog/read-sequences.ts';
import { readServerFacts } from '../catalog/read-server-facts.ts';
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
import { standingOf } from '../snapshot/standing-of.ts';
import { withLanes } from '../snapshot/with-lanes.ts';
import { joinSnapshot, withSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import { DEFAULT_TUNING } from '../tuning.ts';
import { compareContents } from './compare-contents.ts';
import { compareSequences } from './compare-sequences.ts';

export interface CompareDatabaseInput {
  deps: EngineDeps;
  scope: DatabaseScope;
  options: Pick<JobOptions, 'jobs' | 'no_owner' | 'no_acl'>;
  progress: ProgressTracker;
  /** Its tables are those that are compared. */
  source: Snapshot;
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

export async function compareDatabase(input: CompareDatabaseInput): Promise<DatabaseComparison> {
  return withSnapshot(input.scope.servers.target, listTables, (target) => compareSnapshots(input, target));
}

async function compareSnapshots(input: CompareDatabaseInput, target: Snapshot): Promise<DatabaseComparison> {
  const { deps, scope, options, progress, source } = input;
  const { servers, rules } = scope;
  const database = servers.source.database;
  const [sourceFacts, targetFacts] = await Promise.all([
    readServerFacts(source.session),
    readServerFacts(target.session),
  ]);
  const versionNums = { source: sourceFacts.versionNum, target: targetFacts.versionNum };
  const schema = await compareSchemas({
    deps,
    servers,
    rules,
    source,
    target,
    versionNums,
    sourceEntries: input.sourceEntries,
    refused: input.refused,
    areSuperusers: sourceFacts.isSuperuser && targetFacts.isSuperuser,
    noOwner: options.no_owner,
    noAcl: options.no_acl,
  });
  const tuning = { ...DEFAULT_TUNING, ...deps.tuning };
  const read = { source: { rows: 0, bytes: 0 }, target: { rows: 0, bytes: 0 } };
  const objectParts = await planObjectParts(source.session);
  const otherBytes = bytesOf(objectParts);
  const { tables } = source;
  progress.startTables('verify', tables, otherBytes);
  const contents = await withLanes(
    {
      servers,
      count: chooseLaneCount({ jobs: options.jobs, tables, otherBytes, sourceFacts, targetFacts }),
      sourceSnapshotId: source.id,
      prepareTarget: (session) => joinSnapshot(session, target.id),
    },
    async (lanes) => ({
      tables: await compareContents(
        {
          lanes,
          versionNums,
          repeat: { deps, servers, tuning, assertRunStands: standingOf([source.session, target.session]) },
          read,
        },
        {
          database,
          tables,
          targetTables: target.tables,
          haveSameEncoding: sourceFacts.encoding === targetFacts.encoding,
          progress,
        },
      ),
      large_objects: await compareLargeObjects({ database, parts: objectParts, lanes, progress }),
    }),
  );
  const onSource = await readSequences(source.session);
  const inScope = onSource.filter(({ ownerOid }) => ownerOid === null || isInScope(rules, ownerOid));
  const sequences = compareSequences(database, inScope, await readSequences(target.session));
  return { ...contents, sequences, schema, read };
}
