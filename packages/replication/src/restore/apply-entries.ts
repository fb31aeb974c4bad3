/** Runs what an archive's entries stand for on the target, in order. */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { ArchiveEntry } from '../schema/archive.ts';
import { restoreStatements, type RestoreOptions } from '../schema/restore-statements.ts';
import type { Session } from '../session/session.ts';

/**
 * Entries that go to the server together, as one implicit transaction: one round trip and one flush for many, yet
 * few enough that their locks fit into the server's lock table (max_locks_per_transaction × max_connections).
 */
const ENTRIES_PER_BATCH = 100;

/** @throws ReplicatorError `schema_restore_failed`, naming the entry */
export async function applyEntries(
  target: Session,
  entries: readonly ArchiveEntry[],
  options: RestoreOptions,
): Promise<void> {
  for (let start = 0; start < entries.length; start += ENTRIES_PER_BATCH) {
    await applyBatch(target, entries.slice(start, start + ENTRIES_PER_BATCH), options);
  }
}

/** A batch that fails has left nothing behind; going through it one by one finds the entry that is to be named. */
async function applyBatch(
  target: Session,
  entries: readonly ArchiveEntry[],
  options: RestoreOptions,
): Promise<void> {
  try {
    await target.execute('restore the schema', entries.map((entry) => toScript(entry, options)).join('\n'));
  } catch (error) {
    if (entries.length === 1 || target.isClosed) throw restoreFailure(entries, error);
    for (const entry of entries) await applyBatch(target, [entry], options);
  }
}

function toScript(entry: ArchiveEntry, options: RestoreOptions): string {
  return restoreStatements(entry, options).join('\n');
}

function restoreFailure([entry]: readonly ArchiveEntry[], error: unknown): unknown {
  if (!(error instanceof ReplicatorError) || error.code !== 'query_failed' || entry === undefined)
    return error;
  const name = entry.namespace === null ? entry.tag : `${entry.namespace}.${entry.tag}`;
  return new ReplicatorError(
    'schema_restore_failed',
    `The ${entry.kind.toLowerCase()} ${name} could not be created on the target. ${error.message}`,
    { cause: error },
  );
}
