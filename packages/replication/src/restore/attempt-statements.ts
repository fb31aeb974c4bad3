/** Statements that a server may refuse without harm to what else is restored: each refusal is told, none is fatal. */
import { ReplicatorError, type SkippedObject } from '@seren-replicator/job-models';
import pg from 'pg';
import type { Session } from '../session/session.ts';

/** One thing that is wanted. */
export interface Attempt {
  /** What is left out when the server refuses; for people. */
  object: string;
  /** One statement or several, which happen as a whole or not at all. Never shown: it may hold a password hash. */
  sql: string;
}

const ATTEMPTS_PER_BATCH = 200;
/** Warnings of GRANT and REVOKE that did not do what they say: privilege_not_granted, privilege_not_revoked. */
const UNDONE_WARNINGS: ReadonlySet<string> = new Set(['01007', '01006']);

/**
 * Runs what is wanted, many at a time. A batch that fails has left nothing behind, and is gone through one by one.
 *
 * @returns what the server refused, and why
 * @throws ReplicatorError when the session is gone, the disk is full or the run is cancelled
 */
export async function attemptStatements(
  session: Session,
  doing: string,
  attempts: readonly Attempt[],
): Promise<SkippedObject[]> {
  const skipped: SkippedObject[] = [];
  for (let start = 0; start < attempts.length; start += ATTEMPTS_PER_BATCH) {
    skipped.push(...(await attemptBatch(session, doing, attempts.slice(start, start + ATTEMPTS_PER_BATCH))));
  }
  return skipped;
}

async function attemptBatch(
  session: Session,
  doing: string,
  attempts: readonly Attempt[],
): Promise<SkippedObject[]> {
  try {
    const warnings = await withWarnings(session, () =>
      session.execute(doing, attempts.map(({ sql }) => sql).join(';\n')),
    );
    return warnings.map((reason) => ({ object: 'grants', reason }));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [only, ...others] = attempts;
    if (only !== undefined && others.length === 0) return [{ object: only.object, reason: reasonOf(error) }];
    const skipped: SkippedObject[] = [];
    for (const attempt of attempts) skipped.push(...(await attemptBatch(session, doing, [attempt])));
    return skipped;
  }
}

/** The server spoke about the statement, and lives. */
export function isRefusal(error: unknown): error is ReplicatorError {
  return (
    error instanceof ReplicatorError && error.cause instanceof pg.DatabaseError && refusals.has(error.code)
  );
}

const refusals: ReadonlySet<string> = new Set(['permission_denied', 'object_missing', 'query_failed']);

/** PostgreSQL's words, which never repeat the statement. */
export function reasonOf(error: ReplicatorError): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Collects what the server warns of that it did not do although it was told to. */
export async function withWarnings(session: Session, work: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const onNotice = ({ code, message }: { code?: string; message?: string }) => {
    if (code !== undefined && UNDONE_WARNINGS.has(code)) warnings.push(message ?? code);
  };
  session.client.on('notice', onNotice);
  try {
    await work();
    return warnings;
  } finally {
    session.client.off('notice', onNotice);
  }
}
