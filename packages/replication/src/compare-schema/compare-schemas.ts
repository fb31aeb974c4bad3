/**
 * Compares two schemas object by object: the same pg_dump writes both, and its archives are held against each other,
 * so that every kind of object that can be copied is compared. What pg_dump does not show is asked for besides.
 */
import type { SchemaDifference } from '@seren-replicator/job-models';
import { listInvalidIndexes } from '../catalog/list-invalid-indexes.ts';
import { readBootstrapSuperuser } from '../catalog/read-bootstrap-superuser.ts';
import type { EngineDeps } from '../engine.ts';
import { selectEntries } from '../restore/select-entries.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import { dumpSchema } from '../schema/dump-schema.ts';
import { isAboutDatabase, isPrivilege, isSetting } from '../schema/entry-kinds.ts';
import { isInScope, type TableRules } from '../scope/resolve-rules.ts';
import type { Server, Servers } from '../session/server.ts';
import { lendFrom } from '../snapshot/lend-session.ts';
import type { Snapshot } from '../snapshot/with-snapshot.ts';
import { compareEntries, type SchemaSide } from './compare-entries.ts';
import { identityOf } from './entry-name.ts';
import { withoutOwnGrants } from './public-schema.ts';
import { selectTargetEntries } from './select-target-entries.ts';

export interface CompareSchemasInput {
  deps: EngineDeps;
  servers: Servers;
  rules: TableRules;
  source: Pick<Snapshot, 'id' | 'session'>;
  target: Pick<Snapshot, 'id' | 'session'>;
  versionNums: { source: number; target: number };
  /** The source's schema under its snapshot, as a pg_dump that knows both servers wrote it; undefined: not dumped yet. */
  sourceEntries: readonly ArchiveEntry[] | undefined;
  /** Of these, by dump id, what is not compared. */
  refused: ReadonlyMap<number, ArchiveEntry> | undefined;
  /** Of both servers are the sessions a superuser's. */
  areSuperusers: boolean;
  noOwner: boolean;
  noAcl: boolean;
}

/** @throws ReplicatorError `schema_dump_failed`, also for a server that is newer than every pg_dump at hand */
export async function compareSchemas(input: CompareSchemasInput): Promise<SchemaDifference[]> {
  const { servers, rules, source, target, versionNums } = input;
  const [onSource, onTarget] = await Promise.allSettled([
    input.sourceEntries ?? dumpEntries(input, servers.source, source.id),
    dumpEntries(input, servers.target, target.id),
  ]);
  if (onSource.status === 'rejected') throw onSource.reason;
  if (onTarget.status === 'rejected') throw onTarget.reason;
  const { role } = await target.session.queryOne<{ role: string }>(
    'name its role',
    'SELECT current_user::text AS role',
  );
  const all = {
    source: onSource.value,
    target: withoutOwnGrants(onTarget.value, onSource.value, role),
  };
  const { entries } = selectEntries(all.source, (oid) => isInScope(rules, oid));
  const targetEntries = selectTargetEntries({ ...all, rules });
  const differences = compareEntries({
    source: await describeSide(source, versionNums.source, entries),
    target: await describeSide(target, versionNums.target, targetEntries),
    isCompared: comparedEntries(input, all.source),
    noOwner: input.noOwner,
  });
  return differences.map((difference) => ({ database: servers.source.database, ...difference }));
}

/** Kinds whose definition pg_dump shows to nobody but a superuser, in whole or in part. */
const kindsForSuperusers: ReadonlySet<string> = new Set([
  'SUBSCRIPTION',
  'SUBSCRIPTION TABLE',
  'USER MAPPING',
]);

function comparedEntries(
  { refused = new Map(), noAcl, areSuperusers }: CompareSchemasInput,
  source: readonly ArchiveEntry[],
): (entry: ArchiveEntry) => boolean {
  const standsOnRefused = ({ dependencies }: ArchiveEntry): boolean =>
    dependencies.some((id) => refused.has(id) && refused.get(id)?.kind !== 'SCHEMA');
  const leftOut = new Set(
    source.filter((entry) => refused.has(entry.dumpId) || standsOnRefused(entry)).map(identityOf),
  );
  return (entry) =>
    !isSetting(entry) &&
    !isAboutDatabase(entry) &&
    !(noAcl && isPrivilege(entry)) &&
    !(!areSuperusers && kindsForSuperusers.has(entry.kind)) &&
    !leftOut.has(identityOf(entry));
}

async function dumpEntries(
  { deps, versionNums }: CompareSchemasInput,
  server: Server,
  snapshot: string,
): Promise<readonly ArchiveEntry[]> {
  const { archive } = await dumpSchema(deps, {
    lend: lendFrom(server),
    snapshot,
    serverVersionNum: Math.max(versionNums.source, versionNums.target),
    signal: deps.signal,
  });
  return archive.entries;
}

async function describeSide(
  { session }: Pick<Snapshot, 'session'>,
  versionNum: number,
  entries: readonly ArchiveEntry[],
): Promise<SchemaSide> {
  return {
    major: Math.floor(versionNum / 10_000),
    bootstrapSuperuser: await readBootstrapSuperuser(session),
    entries,
    invalidIndexes: await listInvalidIndexes(session),
  };
}
