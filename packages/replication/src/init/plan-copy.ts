/** What is to be done in an attempt at a copy: once both servers were asked, and the source's schema is dumped. */
import type { SkippedObject } from '@seren-replicator/job-models';
import { readIndexFacts, type IndexFacts } from '../catalog/read-index-facts.ts';
import { readServerMemory, type ServerMemory } from '../catalog/read-server-memory.ts';
import { readServerFacts, type ServerFacts } from '../catalog/read-server-facts.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { fingerprintOf } from '../checkpoint/fingerprint.ts';
import { openCheckpoint } from '../checkpoint/open-checkpoint.ts';
import { planObjectParts, type LargeObjectPart } from '../large-objects/plan-object-parts.ts';
import { divideConstraints } from '../restore/divide-constraints.ts';
import { selectEntries } from '../restore/select-entries.ts';
import type { Archive, ArchiveEntry } from '../schema/archive.ts';
import { dumpSchema } from '../schema/dump-schema.ts';
import { planRestore, type RestorePlan } from '../schema/restore-plan.ts';
import { isInScope } from '../scope/resolve-rules.ts';
import type { Side } from '../session/pinned-settings.ts';
import type { Session } from '../session/session.ts';
import { lendFrom } from '../snapshot/lend-session.ts';
import { tuningOf } from '../tuning.ts';
import type { Facts } from '../validate/gather-facts.ts';
import { checkSchemaIsTheSame } from './check-schema-is-the-same.ts';
import type { CopySnapshotInput } from './copy-snapshot.ts';

/** What both servers tell of themselves. */
export interface AskedServers {
  facts: Readonly<Record<Side, ServerFacts>>;
  largeObjects: readonly LargeObjectPart[];
  /** The source's, by oid. */
  indexFacts: ReadonlyMap<number, IndexFacts>;
  targetMemory: ServerMemory;
}

/** What is to be done. */
export interface PlannedCopy extends AskedServers {
  checkpoint: Checkpoint;
  /** The source's whole schema. */
  sourceEntries: readonly ArchiveEntry[];
  /** What of it is restored. */
  plan: RestorePlan;
  skipped: SkippedObject[];
}

export async function dumpSource({
  deps,
  scope,
  specification,
  passed: { facts },
  phases,
  snapshot,
}: CopySnapshotInput): Promise<Archive> {
  const source = facts.source.server.versionNum;
  const { archive } = await phases.run('schema dump', () =>
    dumpSchema(deps, {
      lend: lendFrom(scope.servers.source),
      snapshot: snapshot.id,
      // The target's schema is compared with it later, as the same pg_dump writes it.
      serverVersionNum: specification.options.verify
        ? Math.max(source, facts.target.server.versionNum)
        : source,
      signal: deps.signal,
    }),
  );
  return archive;
}

export async function askServers({ snapshot, claim }: CopySnapshotInput): Promise<AskedServers> {
  const [source, target] = await Promise.all([askSource(snapshot.session), askTarget(claim)]);
  const { largeObjects, indexFacts } = source;
  return {
    facts: { source: source.facts, target: target.facts },
    largeObjects,
    indexFacts,
    targetMemory: target.memory,
  };
}

async function askSource(session: Session) {
  const facts = await readServerFacts(session);
  return {
    facts,
    largeObjects: await planObjectParts(session),
    indexFacts: await readIndexFacts(session),
  };
}

async function askTarget(session: Session) {
  const facts = await readServerFacts(session);
  return { facts, memory: await readServerMemory(session) };
}

export async function planCopy(
  { deps, scope: { servers, rules }, specification, passed, snapshot, claim }: CopySnapshotInput,
  asked: AskedServers,
  archive: Archive,
): Promise<PlannedCopy> {
  const { entries, skipped } = selectEntries(archive.entries, (oid) => isInScope(rules, oid));
  if (!asked.facts.source.isSuperuser) skipped.push(...listHidden(passed.facts));
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
    ...asked,
    checkpoint,
    sourceEntries: archive.entries,
    plan: { ...plan, afterData },
    skipped,
  };
  checkSchemaIsTheSame(checkpoint, planned.plan);
  return planned;
}

/** What pg_dump does not show to an ordinary role. */
function listHidden({ source }: Facts): SkippedObject[] {
  return source.superuserObjects
    .filter(({ kind }) => kind === 'subscription')
    .map(({ label }) => ({ object: label, reason: 'only a superuser of the source may read it' }));
}
