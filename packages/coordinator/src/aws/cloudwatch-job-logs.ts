/**
 * Log lines of workers from CloudWatch Logs, one stream for each attempt. An empty page is not the end of a stream:
 * that is where the token that comes back is the one that was given.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
import {
  GetLogEventsCommand,
  InvalidParameterException,
  ResourceNotFoundException,
  type CloudWatchLogsClient,
  type GetLogEventsCommandOutput,
  type OutputLogEvent,
} from '@aws-sdk/client-cloudwatch-logs';
import { workerLogStream } from '@seren-replicator/job-models';
import { invalidCursor } from '../api/cursor.ts';
import type { JobLogs, LogLine, LogPlace } from '../api/job-logs.ts';

/** Pages that come back empty although the stream goes on; then the caller is left to ask again. */
const MAX_EMPTY_PAGES = 10;

interface Deps {
  client: CloudWatchLogsClient;
  logGroupName: string;
}

export function cloudWatchJobLogs(deps: Deps): JobLogs {
  return {
    read: async (place, { position, limit }) => {
      let token = position;
      for (let page = 0; page <= MAX_EMPTY_PAGES; page += 1) {
        const answer = await getPage(deps, place, { token, limit });
        if (answer === null) return { lines: [], position: null };
        const { events = [], nextForwardToken = null } = answer;
        if (events.length > 0) return { lines: events.map(toLine), position: nextForwardToken };
        if (nextForwardToken === token) break;
        token = nextForwardToken;
      }
      return { lines: [], position: token };
    },
  };
}

/** Null: the worker has not written yet, or its log has expired. */
async function getPage(
  { client, logGroupName }: Deps,
  place: LogPlace,
  { token, limit }: { token: string | null; limit: number },
): Promise<GetLogEventsCommandOutput | null> {
  try {
    return await client.send(
      new GetLogEventsCommand({
        logGroupName,
        logStreamName: workerLogStream(place),
        startFromHead: true,
        limit,
        ...(token === null ? {} : { nextToken: token }),
      }),
    );
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return null;
    if (error instanceof InvalidParameterException && token !== null) throw invalidCursor();
    throw error;
  }
}

function toLine({ message = '', timestamp }: OutputLogEvent): LogLine {
  return { text: message.trimEnd(), at: timestamp === undefined ? null : new Date(timestamp).toISOString() };
}
