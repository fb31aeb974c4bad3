import { startDynamoDb, type DynamoDbServer } from '@seren-replicator/local-servers';
import { setTimeout as sleep } from 'node:timers/promises';

/** Well within a lease: workers wait for the table no longer. */
const LOOK_EVERY_MS = 500;

export interface KeptEmulator {
  endpoint: string;
  stop: () => Promise<void>;
}

/**
 * An emulator that is started again, with its data and on its port, when it dies: in AWS the table does not go away
 * either, and whoever speaks to it here only has to try again.
 */
export async function keepEmulator(
  { dataDirectory, say }: { dataDirectory: string; say: (line: string) => void },
  signal: AbortSignal,
): Promise<KeptEmulator> {
  let emulator = await startDynamoDb({ dataDirectory }, { signal });
  const { endpoint, port } = emulator;
  const stopping = new AbortController();
  const keeping = keep();
  return {
    endpoint,
    stop: async () => {
      stopping.abort();
      await keeping;
      await emulator.stop();
    },
  };

  async function keep(): Promise<void> {
    while (await pause(stopping.signal)) {
      if (isAlive(emulator)) continue;
      say('The job table has died; starting it again.');
      await emulator.stop();
      try {
        emulator = await startDynamoDb({ dataDirectory, port }, { signal: stopping.signal });
      } catch {
        // Its port may still be taken for a moment; the next look tries again.
      }
    }
  }
}

/** False when it was cut short. */
async function pause(signal: AbortSignal): Promise<boolean> {
  await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

function isAlive({ pid }: DynamoDbServer): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
