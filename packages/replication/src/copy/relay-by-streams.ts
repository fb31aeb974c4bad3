/** The relay through pg-copy-streams, which takes every CopyData message apart and puts it together again. */
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Session } from '../session/session.ts';
import { translateError } from '../session/translate-error.ts';
import type { RelayedRows, RelayInput } from './relay-rows.ts';

export async function relayByStreams(input: RelayInput): Promise<RelayedRows> {
  const { source, target, label, signal } = input;
  const output = source.client.query(copyTo(input.copyToSql));
  const intake = target.client.query(copyFrom(input.copyFromSql));
  // Which side failed first: a pipeline destroys the other one, whose error is then only an echo.
  let failed: { session: Session; error: unknown } | undefined;
  output.on('error', (error) => (failed ??= { session: source, error }));
  intake.on('error', (error) => (failed ??= { session: target, error }));
  try {
    await pipeline(output, countBytes(input), intake, { signal });
    // The source's count comes after its last row; its next answer comes after the count.
    await source.client.query('SELECT 1');
  } catch (error) {
    signal.throwIfAborted();
    throw translateError(failed?.error ?? error, failed?.session.where ?? source.where, `copy ${label}`);
  }
  return { sent: output.rowCount, received: intake.rowCount };
}

function countBytes({ onBytes, rate }: RelayInput): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk.length);
      const delayMs = rate.take(chunk.length);
      if (delayMs === 0) done(null, chunk);
      else setTimeout(() => done(null, chunk), delayMs);
    },
  });
}
