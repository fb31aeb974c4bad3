/**
 * Rows from one server to the other: a COPY TO STDOUT of the source feeds a COPY FROM STDIN of the target. The bytes
 * are never parsed; what the target cannot take yet is not read from the source, so memory stays at a few buffers.
 *
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';
import { watchSilence } from '../session/watch-silence.ts';
import type { RateLimit } from './rate-limit.ts';
import { relayByFrames } from './relay-by-frames.ts';
import { relayByStreams } from './relay-by-streams.ts';

export interface RelayInput {
  source: Session;
  target: Session;
  /** `COPY … TO STDOUT`, alone. */
  copyToSql: string;
  /** A `COPY … FROM STDIN`; other statements may stand before and after it. */
  copyFromSql: string;
  /** For errors: what is copied. */
  label: string;
  /** Called for every chunk with its size in bytes. */
  onBytes: (bytes: number) => void;
  rate: RateLimit;
  signal: AbortSignal;
}

/** Rows that each server counted. */
export interface RelayedRows {
  sent: number;
  received: number;
}

/** `frames` moves whole chunks unread; `streams` is pg-copy-streams, the reference it is measured against. */
export type RelayKind = 'frames' | 'streams';

const relays: Record<RelayKind, (input: RelayInput) => Promise<RelayedRows>> = {
  frames: relayByFrames,
  streams: relayByStreams,
};

/**
 * @returns the number of rows that both servers counted
 * @throws ReplicatorError `copy_failed` when the counts differ; what a server said otherwise. After a failure neither
 *   session may be used again.
 */
export async function relayRows(input: RelayInput, kind: RelayKind = 'frames'): Promise<number> {
  input.signal.throwIfAborted();
  const { sent, received } = await watchSilence([input.source, input.target], () => relays[kind](input));
  if (sent !== received) {
    throw new ReplicatorError(
      'copy_failed',
      `The source sent ${sent} rows of ${input.label} and the target took ${received}; run the same command again.`,
    );
  }
  return sent;
}
