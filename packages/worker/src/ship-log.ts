/**
 * Sends the log to CloudWatch, in batches: a stream for each attempt of a job, which is what the API reads. Sending
 * never holds the work up. What cannot be sent is kept, up to a bound, and tried again; when the run ends, for a
 * short time more.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */
import {
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
  type CloudWatchLogsClient,
  type InputLogEvent,
} from '@aws-sdk/client-cloudwatch-logs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Limits of one request: 1 MiB, 26 bytes counted for each event, and 10,000 events. */
const MAX_BATCH_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const MAX_BATCH_EVENTS = 10_000;
const MAX_EVENT_BYTES = 200_000;
/** What is kept while nothing can be sent. */
const MAX_KEPT_BYTES = 4 * MAX_BATCH_BYTES;
const INTERVAL_MS = 1_000;
const CLOSE_DEADLINE_MS = 8_000;

export interface LogShipper {
  write: (line: string) => void;
  /** Sends what is left, within a deadline. */
  close: () => Promise<void>;
}

interface Destination {
  client: Pick<CloudWatchLogsClient, 'send'>;
  group: string;
  stream: string;
}

interface KeptEvent extends Required<Pick<InputLogEvent, 'timestamp' | 'message'>> {
  bytes: number;
}

export function shipLog(destination: Destination): LogShipper {
  const kept = new KeptEvents();
  const closing = new AbortController();
  const sending = sendUntilClosed(destination, kept, closing.signal);
  return {
    write: (line) => kept.add(line.trimEnd()),
    close: async () => {
      closing.abort();
      await Promise.race([sending, sleep(CLOSE_DEADLINE_MS, undefined, { ref: false })]);
    },
  };
}

async function sendUntilClosed(
  destination: Destination,
  kept: KeptEvents,
  closing: AbortSignal,
): Promise<void> {
  let isThere = false;
  while (!closing.aborted || !kept.isEmpty) {
    try {
      if (!kept.isEmpty && !isThere) {
        await createStream(destination);
        isThere = true;
      }
      while (!kept.isEmpty) await sendBatch(destination, kept);
    } catch {
      // Kept for the next round. It cannot be logged: the log is what does not arrive.
    }
    await sleep(INTERVAL_MS, undefined, closing.aborted ? {} : { signal: closing }).catch(() => undefined);
  }
}

async function createStream({ client, group, stream }: Destination): Promise<void> {
  try {
    await client.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: stream }));
  } catch (error) {
    if (!(error instanceof ResourceAlreadyExistsException)) throw error;
  }
}

async function sendBatch({ client, group, stream }: Destination, kept: KeptEvents): Promise<void> {
  const batch = kept.takeBatch();
  const logEvents = batch.map(({ timestamp, message }) => ({ timestamp, message }));
  try {
    await client.send(new PutLogEventsCommand({ logGroupName: group, logStreamName: stream, logEvents }));
  } catch (error) {
    kept.putBack(batch);
    throw error;
  }
}

class KeptEvents {
  #events: KeptEvent[] = [];
  #bytes = 0;
  #latest = 0;

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** The oldest give way: the end of a log says more about what went wrong. */
  add(line: string): void {
    const message =
      Buffer.byteLength(line) <= MAX_EVENT_BYTES ? line : `${line.slice(0, MAX_EVENT_BYTES / 4)}…`;
    // In order, whatever the clock does.
    this.#latest = Math.max(this.#latest, Date.now());
    this.#put(
      [{ timestamp: this.#latest, message, bytes: Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES }],
      'last',
    );
  }

  takeBatch(): KeptEvent[] {
    let bytes = 0;
    const end = this.#events.findIndex((event, index) => {
      bytes += event.bytes;
      return bytes > MAX_BATCH_BYTES || index >= MAX_BATCH_EVENTS;
    });
    return this.#remove(end === -1 ? this.#events.length : end);
  }

  putBack(events: readonly KeptEvent[]): void {
    this.#put(events, 'first');
  }

  #put(events: readonly KeptEvent[], place: 'first' | 'last'): void {
    if (place === 'first') this.#events.unshift(...events);
    else this.#events.push(...events);
    for (const { bytes } of events) this.#bytes += bytes;
    while (this.#bytes > MAX_KEPT_BYTES) this.#remove(1);
  }

  #remove(count: number): KeptEvent[] {
    const removed = this.#events.splice(0, count);
    for (const { bytes } of removed) this.#bytes -= bytes;
    return removed;
  }
}
