import { EXIT_CODES, ReplicatorError, type ExitCode, type JobLogEvent } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { formatLogEvent } from '../output/format-log-event.ts';
import { connectToService } from '../service/connect-to-service.ts';
import { followLog, LogPlace } from '../service/follow-log.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { checkJobId } from './check-job-id.ts';

/** Prints what the workers of a job have logged; as JSON one document, or one object a line when it is followed. */
export async function showLog(context: CommandContext): Promise<ExitCode> {
  const { settings, output } = context;
  const jobId = checkJobId(context.argument);
  const client = connectToService(context);
  if (settings.follow === true) {
    await follow(context, client, jobId);
    return EXIT_CODES.done;
  }
  const collected: JobLogEvent[] = [];
  let count = 0;
  for await (const events of readPages(client, jobId)) {
    count += events.length;
    if (output.isJson) collected.push(...events);
    else print(context, events);
  }
  if (output.isJson) output.printDocument({ job_id: jobId, events: collected });
  else if (count === 0) output.note('Nothing has been logged yet.');
  return EXIT_CODES.done;
}

async function* readPages(client: ServiceClient, jobId: string): AsyncGenerator<readonly JobLogEvent[]> {
  const place = new LogPlace();
  for (;;) {
    const before = place.cursor;
    const events = place.take(await client.readLog(jobId, before));
    yield events;
    if (events.length === 0 || place.cursor === before) return;
  }
}

async function follow(context: CommandContext, client: ServiceClient, jobId: string): Promise<void> {
  const { deps, output } = context;
  try {
    await followLog(
      { client, signal: deps.signal },
      {
        jobId,
        onEvents: (events) => print(context, events),
        onTrouble: ({ reason }) =>
          output.warn(`The service does not answer (${reason}). The job goes on; still asking.`),
        onRecovery: () => output.warn('The service answers again.'),
      },
    );
  } catch (error) {
    if (!deps.signal.aborted) throw error;
    throw new ReplicatorError(
      'interrupted',
      `No longer following; the job goes on. To follow it again: seren-replicator jobs logs ${jobId} --follow`,
      { cause: error },
    );
  }
}

function print({ output }: CommandContext, events: readonly JobLogEvent[]): void {
  for (const event of events) {
    if (output.isJson) output.printDocument(event);
    else output.printResult(formatLogEvent(output.colors, event));
  }
}
