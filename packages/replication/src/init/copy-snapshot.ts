/** One attempt at a copy, under one snapshot of the source and with the target claimed: what is to be done, and the doing. */
import type { InitResult, SkippedObject } from '@seren-replicator/job-models';
import { readServerFacts, type ServerFacts } from '../catalog/read-server-facts.ts';
import { markAsWorking } from '../checkpoint/claim-target.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/open-checkpoint.ts';
import { fingerprintOf } from '../checkpoint/fingerprint.ts';
import { chooseRowEncoding } from '../copy/choose-row-encoding.ts';
import { RateLimit } from '../copy/rate-limit.ts';
import { bytesOf, objectsIn } from '../large-objects/large-object-work.ts';
import { planObjectParts, type LargeObjectPart } from '../large-objects/plan-object-parts.ts';
import { chooseExtensionVersions } from '../restore/choose-extension-versions.ts';
import { divideConstraints } from '../restore/divide-constraints.ts';
import { selectEntries } from '../restore/select-entries.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import { dumpSchema } from '../schema/dump-schema.ts';
import { planRestore, type RestorePlan } from '../schema/restore-plan.ts';
import { isInScope } from '../scope/resolve-rules.ts';
import type { Side } from '../session/pinned-settings.ts';
import type { Session } from '../session/session.ts';
import { chooseLaneCount } from '../snapshot/choose-lane-count.ts';
import { lendFrom } from '../snapshot/lend-session.ts';
import { withLanes, type Lanes } from '../snapshot/with-lanes.ts';
import type { Snapshot } from '../snapshot/with-snapshot.ts';
import { tuningOf } from '../tuning.ts';
import type { Facts } from '../validate/gather-facts.ts';
import { compareDatabase, type DatabaseComparison } from '../verify/compare-database.ts';
import { checkSchemaIsTheSame } from './check-schema-is-the-same.ts';
import type { CopyDatabaseInput } from './copy-database.ts';
import { copySteps, finishCopy, type CopyContext } from './copy-steps.ts';

export interface DatabaseCopy extends Pick<
  InitResult,
  'tables' | 'rows' | 'large_objects' | 'bytes' | 'skipped' | 'resumed'
> {
  /** Null when the run was told not to verify. */
  comparison: DatabaseComparison | null;
  /** On the target until the whole run is done. */
  checkpoint: Checkpoint;
}

export interface CopySnapshotInput extends CopyDatabaseInput {
  snapshot: Snapshot;
  /** The session that holds the target. */
  claim: Session;
  /** Rejects when the snapshot or the claim is lost. */
  assertRunStands: () => Promise<void>;
}

/** What is to be done, once both servers were asked. */
interface PlannedCopy {
  facts: Readonly<Record<Side, ServerFacts>>;
  checkpoint: Checkpoint;
  /** The source's whole schema. */
  sourceEntries: readonly ArchiveEntry[];
  /** What of it is restored. */
  plan: RestorePlan;
  largeObjects: readonly LargeObjectPart[];
  skipped: SkippedObject[];
}

export async function copySnapshot(input: CopySnapshotInput): Promise<DatabaseCopy> {
  const { scope, specification, snapshot } = input;
  const planned = await planCopy(input);
  const count = chooseLaneCount({
    jobs: specification.options.jobs,
    tables: snapshot.tables,
    otherBytes: bytesOf(planned.largeObjects),
    sourceFacts: planned.facts.source,
    targetFacts: planned.facts.target,
  });
  return withLanes(
    {
      servers: scope.servers,
      count,
      snapshotIds: { source: snapshot.id },
      prepareTarget: markAsWorking,
    },
    (lanes) => runSteps(input, planned, lanes),
  );
}

async function planCopy({
  deps,
  scope: { servers, rules },
  specification,
  passed,
  phases,
  snapshot,
  claim,
}: CopySnapshotInput): Promise<PlannedCopy> {
  const [source, target] = await Promise.all([readServerFacts(snapshot.session), readServerFacts(claim)]);
  const { archive } = await phases.run('schema dump', () =>
    dumpSchema(deps, {
      lend: lendFrom(servers.source),
      snapshot: snapshot.id,
      // The target's schema is compared with it later, as the same pg_dump writes it.
      serverVersionNum: specification.options.verify
        ? Math.max(source.versionNum, target.versionNum)
        : source.versionNum,
      signal: deps.signal,
    }),
  );
  const { entries, skipped } = selectEntries(archive.entries, (oid) => isInScope(rules, oid));
  if (!source.isSuperuser) skipped.push(...listHidden(passed.facts));
  const checkpoint = await openCheckpoint(claim, {
    fingerprint: fingerprintOf(passed.facts, servers.source.database, specification),
    sourceSchemas: new Set(archive.entries.filter(({ kind }) => kind === 'SCHEMA').map(({ tag }) => tag)),
  });
  const plan = planRestore({ ...archive, entries });
  const afterData = await divideConstraints(plan.afterData, {
    source: snapshot.session,
    tables: snapshot.tables,
    doneKeys: checkpoint.doneKeys,
    tuning: tuningOf(deps),
  });
  const planned = {
    facts: { source, target },
    checkpoint,
    sourceEntries: archive.entries,
    plan: { ...plan, afterData },
    largeObjects: await planObjectParts(snapshot.session),
    skipped,
  };
  checkSchemaIsTheSame(checkpoint, planned.plan);
  return planned;
}

async function runSteps(input: CopySnapshotInput, planned: PlannedCopy, lanes: Lanes): Promise<DatabaseCopy> {
  const { deps, scope, specification, progress, phases, snapshot } = input;
  const { checkpoint, sourceEntries, largeObjects, skipped } = planned;
  const { options } = specification;
  const context = contextOf(input, planned, lanes);
  for (const { phase, run } of copySteps) await phases.run(phase, () => run(context));
  const { rows, bytes } = progress;
  const compare = () =>
    compareDatabase({
      deps,
      scope,
      options,
      progress,
      source: snapshot,
      sourceEntries,
      refused: context.refused,
    });
  const comparison = options.verify ? await phases.run('verify', compare) : null;
  await phases.run('database properties', () => finishCopy(context));
  return {
    tables: snapshot.tables.length,
    rows,
    large_objects: objectsIn(largeObjects),
    bytes,
    skipped,
    comparison,
    checkpoint,
    ...(checkpoint.isResumed && { resumed: countParts(context) }),
  };
}

function contextOf(input: CopySnapshotInput, planned: PlannedCopy, lanes: Lanes): CopyContext {
  const { deps, scope, specification, progress, passed, snapshot, assertRunStands } = input;
  const { servers, rules } = scope;
  const { options } = specification;
  const { plan, checkpoint, largeObjects, skipped, facts } = planned;
  const tuning = tuningOf(deps);
  return {
    deps,
    servers,
    snapshot,
    plan,
    rules,
    largeObjects,
    options: {
      noOwner: options.no_owner,
      noAcl: options.no_acl,
      targetVersionNum: facts.target.versionNum,
      extensionVersions: chooseExtensionVersions(passed.facts),
    },
    lanes,
    checkpoint,
    repeat: { deps, assertRunStands },
    rate: new RateLimit(options.max_rate_bytes_per_second ?? null),
    indexJobs: options.index_jobs ?? lanes.length,
    compared: [],
    sourceVersionNum: facts.source.versionNum,
    targetVersionNum: facts.target.versionNum,
    tuning,
    haveSameEncoding: facts.source.encoding === facts.target.encoding,
    rowEncoding: chooseRowEncoding(facts.source.encoding, facts.target.encoding),
    progress,
    refused: new Map(),
    unanalyzed: new Set(),
    skipped,
  };
}

/** What pg_dump does not show to an ordinary role. */
function listHidden({ source }: Facts): SkippedObject[] {
  return source.superuserObjects
    .filter(({ kind }) => kind === 'subscription')
    .map(({ label }) => ({ object: label, reason: 'only a superuser of the source may read it' }));
}

function countParts({ compared }: CopyContext): NonNullable<InitResult['resumed']> {
  return {
    parts_kept: compared.reduce((sum, { kept }) => sum + kept.length, 0),
    parts_changed: compared.reduce((sum, { changed }) => sum + changed.length, 0),
  };
}
