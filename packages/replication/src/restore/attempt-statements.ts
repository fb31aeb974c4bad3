/** Statements that a server may refuse without harm to what else is restored: each refusal is told, none is fatal. */
import { ReplicatorError } from '@seren-replicator/job-models';
import pg from 'pg';
import type { Session } from '../session/session.ts';
import { collectWarnings } from './collect-warnings.ts';

/** One thing that is wanted. */
export interface Attempt {
  /** What is left out when the server refuses; for people. */
  object: string;
  /** One statement or several, which happen as a whole or not at all. Never shown: it may hold a password hash. */
  sql: string;
}

export interface Refusal {
  attempt: Attempt;
  /** PostgreSQL's words, which do not repeat the statement. */
  reason: string;
  sqlState: string;
}

const ATTEMPTS_PER_BATCH = 200;
/** Codes of errors by which a server that lives speaks about a statement. */
const refusalCodes: ReadonlySet<string> = new Set(['permission_denied', 'object_missing', 'query_failed']);

/**
 * Runs what is wanted, many at a time. A batch that fails has left nothing behind, and is gone through one by one.
 * Within a transaction, what succeeded is kept by savepoints.
 *
 * @returns what the server refused, or did only in part
 * @throws ReplicatorError when the session is gone, the disk is full or the run is cancelled
 */
export async function attemptStatements(
  session: Session,
  doing: string,
  attempts: readonly Attempt[],
  { isInTransaction = false } = {},
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (let start = 0; start < attempts.length; start += ATTEMPTS_PER_BATCH) {
    const batch = attempts.slice(start, start + ATTEMPTS_PER_BATCH);
    const isDone = await attemptBatch(session, doing, batch, isInTransaction, refusals);
    if (isDone) continue;
    for (const attempt of batch) await attemptBatch(session, doing, [attempt], isInTransaction, refusals);
  }
  return refusals;
}

/**
 * All or nothing.
 *
 * @param refusals gets what was refused, if it is clear which
 * @returns false when nothing was done and the attempts have to be made one by one
 */
async function attemptBatch(
  session: Session,
  doing: string,
  attempts: readonly Attempt[],
  isInTransaction: boolean,
  refusals: Refusal[],
): Promise<boolean> {
  const [first] = attempts;
  if (first === undefined) return true;
  const isAlone = attempts.length === 1;
  const statements = attempts.map(({ sql }) => sql);
  const script = isInTransaction ? ['SAVEPOINT attempt', ...statements, 'RELEASE attempt'] : statements;
  try {
    const warnings = await collectWarnings(session, () => session.execute(doing, script.join(';\n')));
    // The message names the object.
    const attempt = isAlone ? first : { object: 'privileges', sql: '' };
    refusals.push(...warnings.map((reason) => ({ attempt, reason, sqlState: '' })));
    return true;
  } catch (error) {
    const refusal = asRefusal(first, error);
    if (refusal === null) throw error;
    if (isInTransaction) await session.execute(doing, 'ROLLBACK TO attempt');
    if (isAlone) refusals.push(refusal);
    return isAlone;
  }
}

/** Null for an error that is not about the statement. */
function asRefusal(attempt: Attempt, error: unknown): Refusal | null {
  if (!(error instanceof ReplicatorError) || !refusalCodes.has(error.code)) return null;
  if (!(error.cause instanceof pg.DatabaseError)) return null;
  return { attempt, reason: error.cause.message, sqlState: error.cause.code ?? '' };
}
