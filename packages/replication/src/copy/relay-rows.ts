/**
 * Rows from one server to the other: a COPY TO STDOUT of the source feeds a COPY FROM STDIN of the target. The bytes
 * are never parsed; what the target cannot take yet is not read from the source, so memory stays at a few buffers.
 *
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Session } from '../session/session.ts';
import { translateError } from '../session/translate-error.ts';

export interface RelayInput {
  source: Session;
  target: Session;
  /** `COPY … TO STDOUT` */
  copyToSql: string;
  /** `COPY … FROM STDIN` */
  copyFromSql: string;
  /** For errors: what is copied. */
  label: string;
  /** Called for every chunk with its size. */
  onBytes: (bytes: number) => void;
  signal: AbortSignal;
}

/**
 * @returns the number of rows that both servers counted
 * @throws ReplicatorError `copy_failed` when the counts differ; what a server said otherwise
 */
export async function relayRows(input: RelayInput): Promise<number> {
  const { source, target, label, signal } = input;
  signal.throwIfAborted();
  const output = source.client.query(copyTo(input.copyToSql));
  const intake = target.client.query(copyFrom(input.copyFromSql));
  // Which side failed first: a pipeline destroys the other one, whose error is then only an echo.
  let failed: { session: Session; error: unknown } | undefined;
  output.on('error', (error) => (failed ??= { session: source, error }));
  intake.on('error', (error) => (failed ??= { session: target, error }));
  try {
    await pipeline(output, countBytes(input.onBytes), intake, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw translateError(failed?.error ?? error, failed?.session.where ?? source.where, `copy ${label}`);
  }
  return checkCounts(label, output.rowCount, intake.rowCount);
}

function countBytes(onBytes: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
}

function checkCounts(label: string, sent: number | null, received: number | null): number {
  if (sent === null || sent !== received) {
    throw new ReplicatorError(
      'copy_failed',
      `The source sent ${sent} rows of ${label} and the target took ${received}; run the same command again.`,
    );
  }
  return sent;
}
