/** Runs what an archive's entries stand for on the target, in order. */
import { ReplicatorError, type SkippedObject } from '@seren-replicator/job-models';
import pg from 'pg';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { keyOf } from '../checkpoint/entry-key.ts';
import { labelOf } from '../compare-schema/entry-name.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import { isPrivilege, isRefresh } from '../schema/entry-kinds.ts';
import { restoreStatements, type RestoreOptions } from '../schema/restore-statements.ts';
import type { Session } from '../session/session.ts';
import { isConnectionError } from '../session/translate-error.ts';
import { attemptStatements } from './attempt-statements.ts';
import { collectWarnings } from './collect-warnings.ts';
import { mayBeRefused } from './refusable-entries.ts';

/**
 * Entries that go to the server together, as one implicit transaction: one round trip and one flush for many, yet
 * few enough that their locks fit into the server's lock table (max_locks_per_transaction × max_connections).
 */
const ENTRIES_PER_BATCH = 100;

export interface ApplyContext {
  options: RestoreOptions;
  /** SQL that goes before the entries' own, into the same transaction. */
  prelude?: string;
  /** Entries that it knows as done are passed over. */
  checkpoint: Checkpoint;
  /** What the target refused, by dump id; entries add to it. */
  refused: Map<number, ArchiveEntry>;
  /** What was left out, and why; entries add to it. */
  skipped: SkippedObject[];
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
  const { options, checkpoint, prelude = '' } = context;
  const wanted = entries.filter((entry) => !standsOnRefused(entry, context));
  const keys = wanted.map(keyOf);
  const scripts = wanted.map((entry) => toScript(entry, options));
  try {
    const warnings = await collectWarnings(target, () =>
      target.execute('restore the schema', [prelude, ...scripts, checkpoint.markDone(keys)].join('\n')),
    );
    checkpoint.noteDone(keys);
    if (warnings.length > 0) await noteWarnings(target, wanted, warnings, context);
  } catch (error) {
    const isRefused = error instanceof ReplicatorError && !isConnectionError(error);
    if (!isRefused) throw error;
    const [entry, ...others] = wanted;
    if (entry !== undefined && others.length === 0) await refuse(target, entry, error, context);
    else for (const one of wanted) await applyBatch(target, [one], context);
  }
}

/**
 * Does without an entry, or without a part of its grants.
 *
 * @throws ReplicatorError when the copy cannot do without
 */
async function refuse(
  target: Session,
  entry: ArchiveEntry,
  error: ReplicatorError,
  { options, refused, skipped }: ApplyContext,
): Promise<void> {
  const { cause } = error;
  if (isRefresh(entry) && cause instanceof pg.DatabaseError) {
    // Not `refused`: a comparison tells that the view is not filled, and the run does not end well.
    skipped.push({ object: `contents of ${labelOf(entry)}`, reason: refreshAdvice(cause.message) });
    return;
  }
  const isLeft = cause instanceof pg.DatabaseError && mayBeRefused(entry, cause.code ?? '');
  if (!isLeft) throw restoreFailure(entry, error);
  const object = labelOf(entry);
  refused.set(entry.dumpId, entry);
  if (isPrivilege(entry)) {
    const attempts = restoreStatements(entry, options).map((sql) => ({ object, sql }));
    const refusals = await attemptStatements(target, 'restore privileges', attempts);
    skipped.push(...refusals.map(({ reason }) => ({ object, reason })));
  } else {
    skipped.push({ object, reason: cause.message });
  }
}

/**
 * A view may call a function that leans on a search path. None is set while a schema is restored, as with pg_restore,
 * and servers from 17 on refresh without one whoever asks.
 *
 * https://www.postgresql.org/docs/17/release-17.html (maintenance operations use a safe search_path)
 */
function refreshAdvice(reason: string): string {
  return `it could not be refreshed: ${reason}; if a function of its leans on search_path, ALTER FUNCTION … SET search_path, then REFRESH MATERIALIZED VIEW`;
}

/** Grants may be repeated: alone, each tells what it could not do. */
async function noteWarnings(
  target: Session,
  entries: readonly ArchiveEntry[],
  warnings: readonly string[],
  context: ApplyContext,
): Promise<void> {
  const [entry, ...others] = entries;
  if (entry === undefined) return;
  if (others.length > 0) {
    for (const one of entries.filter(isPrivilege)) await applyBatch(target, [one], context);
    return;
  }
  context.refused.set(entry.dumpId, entry);
  context.skipped.push(...warnings.map((reason) => ({ object: labelOf(entry), reason })));
}

/** What belongs to an object that is not there is not there either, and not worth a word. */
function standsOnRefused(entry: ArchiveEntry, { refused }: ApplyContext): boolean {
  return entry.dependencies.some((dumpId) => refused.has(dumpId) && refused.get(dumpId)?.kind !== 'SCHEMA');
}

function toScript(entry: ArchiveEntry, options: RestoreOptions): string {
  return restoreStatements(entry, options).join('\n');
}

function restoreFailure(entry: ArchiveEntry, error: ReplicatorError): ReplicatorError {
  if (error.code !== 'query_failed') return error;
  return new ReplicatorError(
    'schema_restore_failed',
    `The ${labelOf(entry)} could not be created on the target. ${error.message}`,
    { cause: error },
  );
}
