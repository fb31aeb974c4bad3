/**
 * CloudWatch Logs: streams of one group each that are written at the end and read by tokens.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
import * as z from 'zod';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, AwsService } from '../wire/aws-service.ts';

const DEFAULT_LIMIT = 10_000;
/** A batch is at most 1 MiB, counting 26 bytes for each event, and 10,000 events, in order of time. */
const MAX_BATCH_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const MAX_BATCH_EVENTS = 10_000;

const streamSchema = z.object({ logGroupName: z.string(), logStreamName: z.string() });
const eventSchema = z.object({ timestamp: z.int(), message: z.string().min(1) });
const putSchema = streamSchema.extend({ logEvents: z.array(eventSchema).min(1) });
const getSchema = streamSchema.extend({
  nextToken: z.string().optional(),
  startFromHead: z.boolean().default(false),
  limit: z.int().min(1).max(DEFAULT_LIMIT).default(DEFAULT_LIMIT),
});

export type LogEvent = z.infer<typeof eventSchema>;

export class LogsService implements AwsService {
  readonly protocol = 'json';
  /** How many pages come back empty before one with events does, as CloudWatch's sometimes do. */
  emptyPages = 0;
  readonly #groups = new Map<string, Map<string, LogEvent[]>>();

  createGroup(name: string): void {
    this.#groups.set(name, new Map());
  }

  /** The names of the group's streams. */
  streams(group: string): string[] {
    return [...(this.#groups.get(group)?.keys() ?? [])];
  }

  events(group: string, stream: string): readonly LogEvent[] {
    return this.#groups.get(group)?.get(stream) ?? [];
  }

  call({ action, input }: AwsCall): Record<string, unknown> {
    switch (action) {
      case 'CreateLogStream':
        return this.#createStream(streamSchema.parse(input));
      case 'PutLogEvents':
        return this.#put(putSchema.parse(input));
      case 'GetLogEvents':
        return this.#get(getSchema.parse(input));
      default:
        throw new AwsError('UnknownOperationException', `CloudWatch Logs here has no ${action}.`);
    }
  }

  #createStream({ logGroupName, logStreamName }: z.infer<typeof streamSchema>): Record<string, unknown> {
    const group = this.#group(logGroupName);
    if (/[:*]/.test(logStreamName) || logStreamName.length > 512) {
      throw new AwsError('InvalidParameterException', 'The name of the log stream is not valid.');
    }
    if (group.has(logStreamName)) {
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
    }
    group.set(logStreamName, []);
    return {};
  }

  #put({ logEvents, ...stream }: z.infer<typeof putSchema>): Record<string, unknown> {
    const bytes = logEvents.reduce(
      (sum, { message }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES,
      0,
    );
    if (bytes > MAX_BATCH_BYTES || logEvents.length > MAX_BATCH_EVENTS) {
      throw new AwsError('InvalidParameterException', 'Upload too large.');
    }
    if (logEvents.some((event, index) => event.timestamp < (logEvents[index - 1]?.timestamp ?? 0))) {
      throw new AwsError('InvalidParameterException', 'Log events in a single request must be in order.');
    }
    this.#stream(stream).push(...logEvents);
    return {};
  }

  #get({ nextToken, startFromHead, limit, ...stream }: z.infer<typeof getSchema>): Record<string, unknown> {
    const events = this.#stream(stream);
    const head = startFromHead ? 0 : Math.max(0, events.length - limit);
    const { start, empty } = nextToken === undefined ? { start: head, empty: 0 } : readToken(nextToken);
    if (empty < this.emptyPages && start < events.length) {
      return { events: [], nextForwardToken: `f/${start}/${empty + 1}` };
    }
    const page = events.slice(start, start + limit);
    return {
      events: page.map((event) => ({ ...event, ingestionTime: event.timestamp })),
      // At the end of the stream it is the token that was given.
      nextForwardToken:
        page.length === 0 && nextToken !== undefined ? nextToken : `f/${start + page.length}/0`,
      nextBackwardToken: `b/${start}`,
    };
  }

  #group(name: string): Map<string, LogEvent[]> {
    const group = this.#groups.get(name);
    if (group === undefined) throw notFound('The specified log group does not exist.');
    return group;
  }

  #stream({ logGroupName, logStreamName }: z.infer<typeof streamSchema>): LogEvent[] {
    const stream = this.#group(logGroupName).get(logStreamName);
    if (stream === undefined) throw notFound('The specified log stream does not exist.');
    return stream;
  }
}

function readToken(token: string): { start: number; empty: number } {
  const [, start, empty] = /^f\/(\d+)\/(\d+)$/.exec(token) ?? [];
  if (start === undefined) throw new AwsError('InvalidParameterException', 'The token is not valid.');
  return { start: Number(start), empty: Number(empty) };
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}
