/** Runs what an archive's entries stand for on the target, in order. */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { keyOf } from '../checkpoint/entry-key.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import { restoreStatements, type RestoreOptions } from '../schema/restore-statements.ts';
import type { Session } from '../session/session.ts';
import { isConnectionError } from '../session/translate-error.ts';

/**
 * Entries that go to the server together, as one implicit transaction: one round trip and one flush for many, yet
 * few enough that their locks fit into the server's lock table (max_locks_per_transaction × max_connections).
 */
const ENTRIES_PER_BATCH = 100;

export interface ApplyContext {
  options: RestoreOptions;
  /** Entries that it knows as done are passed over. */
  checkpoint: Checkpoint;
}

/** @throws ReplicatorError `schema_restore_failed`, naming the entry */
export async function applyEntries(
  target: Session,
  entries: readonly ArchiveEntry[],
  context: ApplyContext,
): Promise<void> {
  const left = entries.filter((entry) => !context.checkpoint.doneKeys.has(keyOf(entry)));
  for (let start = 0; start < left.length; start += ENTRIES_PER_BATCH) {
    await applyBatch(target, left.slice(start, start + ENTRIES_PER_BATCH), context);
  }
}

/** A batch that fails has left nothing behind; going through it one by one finds the entry that is to be named. */
async function applyBatch(
  target: Session,
  entries: readonly ArchiveEntry[],
  context: ApplyContext,
): Promise<void> {
  const { options, checkpoint } = context;
  const keys = entries.map(keyOf);
  const scripts = entries.map((entry) => toScript(entry, options));
  try {
    await target.execute('restore the schema', [...scripts, checkpoint.markDone(keys)].join('\n'));
  } catch (error) {
    const isRefused = error instanceof ReplicatorError && !isConnectionError(error);
    if (entries.length === 1 || !isRefused) throw restoreFailure(entries, error);
    for (const entry of entries) await applyBatch(target, [entry], context);
  }
  checkpoint.noteDone(keys);
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
