import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface WorkerProcess {
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** What it has printed so far, on both streams. */
  output: () => string;
  kill: (signal: NodeJS.Signals) => void;
  closeStdin: () => void;
}

/** The worker as a process, with this environment and nothing else. */
export function startWorker(environment: Record<string, string | undefined>): WorkerProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts')], {
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    exit: new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal }));
    }),
    output: () => output,
    kill: (signal) => void child.kill(signal),
    closeStdin: () => child.stdin.end(),
  };
}
