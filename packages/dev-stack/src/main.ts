/**
 * The whole service on this machine until it is told to stop. Standard output carries what programs and shells
 * need; what happens to jobs goes to standard error, a line each.
 */
import { exitCodeFor, ReplicatorError } from '@seren-replicator/job-models';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import manifest from '../package.json' with { type: 'json' };
import { startDevStack } from './stack/start-dev-stack.ts';

const root = join(import.meta.dirname, '../../..');
const workerProgram = join(root, 'packages/worker/dist/main.js');
const DEFAULT_MAX_WORKERS = 4;
const MAX_PORT = 65_535;

async function readOptions(argv: string[]) {
  return yargs(argv)
    .scriptName('dev-stack')
    .usage('$0 [options]\n\nRuns the whole service on this machine until Ctrl-C.')
    .options({
      port: { type: 'number', describe: 'Port of the HTTP API; 0 for a free one [8787, or a free one]' },
      'data-dir': {
        type: 'string',
        default: join(root, '.dev-stack'),
        defaultDescription: '.dev-stack in the checkout',
        describe: 'Where jobs, keys and logs are kept; state survives a restart',
      },
      json: { type: 'boolean', default: false, describe: 'Print one JSON line when ready' },
      'max-workers': {
        type: 'number',
        default: DEFAULT_MAX_WORKERS,
        describe: 'Jobs that run at the same time; others wait',
      },
    })
    .check(({ port, maxWorkers }) => {
      if (port !== undefined && !isIntegerBetween(port, 0, MAX_PORT)) return '--port takes a port number.';
      if (!isIntegerBetween(maxWorkers as number, 1, 1_000)) return '--max-workers takes a number from 1.';
      return true;
    })
    .strict()
    .version(false)
    .fail((message: string) => {
      throw new ReplicatorError('invalid_config', message);
    })
    .parseAsync();
}

function isIntegerBetween(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // Asked again: whoever asks does not want to wait. What is left ends with this process.
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
    });
  }
  return stopping.signal;
}

async function main(): Promise<void> {
  const options = await readOptions(hideBin(process.argv));
  if (!existsSync(workerProgram)) {
    throw new ReplicatorError('invalid_config', 'The worker is not built; run ./scripts/setup.');
  }
  const dataDirectory = resolve(options.dataDir);
  const sayToUser = (line: string): void => void process.stderr.write(`${line}\n`);
  const signal = stopSignal();
  const stack = await startDevStack(
    {
      dataDirectory,
      port: options.port,
      maxWorkers: options.maxWorkers,
      workerProgram,
      searchPath: process.env['PATH'] ?? '',
      version: manifest.version,
      say: options.json ? () => undefined : sayToUser,
    },
    signal,
  );
  if (options.json) printReady({ ...stack, dataDirectory });
  else printExports(stack, sayToUser);
  if (!signal.aborted) await once(signal, 'abort');
  await stack.stop();
}

interface Ready {
  remoteApi: string;
  apiKey: string;
}

function printReady({ remoteApi, apiKey, dataDirectory }: Ready & { dataDirectory: string }): void {
  const { pid } = process;
  const ready = { event: 'ready', remote_api: remoteApi, api_key: apiKey, data_dir: dataDirectory, pid };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

function printExports({ remoteApi, apiKey }: Ready, say: (line: string) => void): void {
  say('The service is up until Ctrl-C. In another terminal:');
  process.stdout.write(`export SEREN_REMOTE_API=${remoteApi}\nexport SEREN_REMOTE_API_KEY=${apiKey}\n`);
}

// Whoever read the first line may not want to read on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
try {
  await main();
} catch (error) {
  if (error instanceof ReplicatorError) {
    process.stderr.write(`dev-stack: ${error.message}\n`);
    process.exitCode = exitCodeFor(error.code);
  } else if (!(error instanceof Error && error.name === 'AbortError')) {
    throw error;
  }
}
