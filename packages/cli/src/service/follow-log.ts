import { isFinalState, type JobLog, type JobLogEvent } from '@seren-replicator/job-models';
import { keepAsking, type Asking, type Next } from './keep-asking.ts';
import type { ServiceClient } from './service-client.ts';

/** A log arrives some seconds after what it tells of: after the end of its job it is looked at a few times more. */
const QUIET_LOOKS_AFTER_END = 3;

export interface FollowLogInput extends Pick<Asking<unknown>, 'onTrouble' | 'onRecovery'> {
  jobId: string;
  onEvents: (events: readonly JobLogEvent[]) => void;
}

interface Look {
  page: JobLog;
  /** Of the job; false while there was more to read. */
  isEnded: boolean;
}

/**
 * Reads a job's log from its beginning, and on as it grows, until the job has ended and no more comes.
 *
 * @throws what `keepAsking` throws
 */
export async function followLog(
  { client, signal }: { client: Pick<ServiceClient, 'pollLog' | 'pollJob'>; signal: AbortSignal },
  { jobId, onEvents, ...trouble }: FollowLogInput,
): Promise<void> {
  const place = new LogPlace();
  let quietLooks = 0;
  const look = async (): Promise<Look> => {
    const page = await client.pollLog(jobId, place.cursor);
    const isQuiet = place.countNew(page) === 0;
    return { page, isEnded: isQuiet && isFinalState((await client.pollJob(jobId)).status) };
  };
  const onAnswer = ({ page, isEnded }: Look): Next => {
    const events = place.take(page);
    if (events.length > 0) {
      onEvents(events);
      quietLooks = 0;
      return 'again';
    }
    quietLooks = isEnded ? quietLooks + 1 : 0;
    return quietLooks >= QUIET_LOOKS_AFTER_END ? 'done' : 'later';
  };
  await keepAsking(signal, { ...trouble, isKnown: false, ask: look, onAnswer });
}

/** How far a log has been read. A page that names no next place is asked for again, and its first events skipped. */
export class LogPlace {
  cursor: string | undefined;
  #taken = 0;

  countNew({ events }: JobLog): number {
    return Math.max(0, events.length - this.#taken);
  }

  take({ events, next_cursor: next }: JobLog): JobLogEvent[] {
    const fresh = events.slice(this.#taken);
    const goesOn = next !== null && next !== this.cursor;
    this.#taken = goesOn ? 0 : Math.max(this.#taken, events.length);
    if (goesOn) this.cursor = next;
    return fresh;
  }
}
