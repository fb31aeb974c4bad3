/** The real service at the other end of the wire, as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '../../dev-stack/src/main.ts');

export interface DevStack {
  /** For the command line: where the service is, and the key that it takes. */
  env: { SEREN_REMOTE_API: string; SEREN_REMOTE_API_KEY: string };
  stop: () => Promise<void>;
}

/** Starts the service; everything of it is gone when `stop` resolves. */
export async function startDevStack(dataDirectory: string): Promise<DevStack> {
  const child = spawn(process.execPath, [program, '--json', '--port', '0', '--data-dir', dataDirectory], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(child, 'exit').then(() => null);
  const line = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  if (line === null) throw new Error(`The dev stack did not start: ${errors}`);
  const ready = JSON.parse(String(line[0])) as { remote_api: string; api_key: string };
  return {
    env: { SEREN_REMOTE_API: ready.remote_api, SEREN_REMOTE_API_KEY: ready.api_key },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
