import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const STOP_DEADLINE_MS = 20_000;

export interface RunningStack {
  remoteApi: string;
  apiKey: string;
  stop: () => Promise<void>;
}

/** Starts the dev stack as a process of its own, as a user does with `scripts/dev-stack --json`. */
export async function startStack(dataDirectory: string, signal: AbortSignal): Promise<RunningStack> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../main.ts'), '--json', '--port', '0', '--data-dir', dataDirectory],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const stop = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };
  try {
    const lines = createInterface({ input: child.stdout });
    const [line] = (await Promise.race([
      once(lines, 'line', { signal }),
      ended.then(([code]) => {
        throw new Error(`The dev stack ended with exit code ${String(code)} before it was ready.`);
      }),
    ])) as [string];
    const ready = JSON.parse(line) as { remote_api: string; api_key: string };
    return { remoteApi: ready.remote_api, apiKey: ready.api_key, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
