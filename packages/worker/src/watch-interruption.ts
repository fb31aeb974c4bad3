import { describeError } from '@seren-replicator/job-models';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ReadMetadata } from './instance-metadata.ts';
import type { Stop } from './stop.ts';

/**
 * Looks for the notice that a spot machine will be taken back, two minutes ahead, and stops the run: what is done is
 * in the checkpoint, and the job goes on elsewhere. Ends with the run.
 *
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 */
export async function watchInterruption(
  { readMetadata, log, stop }: { readMetadata: ReadMetadata; log: Logger; stop: Stop },
  { intervalMs, signal }: { intervalMs: number; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const notice = await readMetadata('meta-data/spot/instance-action');
      if (notice !== null) {
        log.warn({ notice: notice.slice(0, 200) }, 'the machine will be taken back');
        stop.now('told_to_stop');
        return;
      }
    } catch (error) {
      log.debug({ failure: describeError(error) }, 'the metadata service does not answer');
    }
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}
