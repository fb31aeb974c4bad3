/** The tools that are compared. Each copies one database into an existing empty one and resolves when it is done. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { EngineFigures, EngineInput } from './run-engine.ts';

export interface CopyTask {
  source: string;
  target: string;
}

export interface Contender {
  name: string;
  run: (task: CopyTask) => Promise<EngineFigures | undefined>;
}

/** As people run them here: with as many jobs as twice the processors of this machine. */
const PEER_JOBS = '4';

export function engine(name: string, options: Omit<EngineInput, 'source' | 'target'>): Contender {
  return {
    name,
    run: async (task) => {
      const script = join(import.meta.dirname, '../dist/run-engine.js');
      const output = await runProgram(process.execPath, [script], JSON.stringify({ ...options, ...task }));
      return JSON.parse(output) as EngineFigures;
    },
  };
}

const dumpAndRestore: Contender = {
  name: 'pg_dump, pg_restore',
  run: async ({ source, target }) => {
    const directory = await mkdtemp(join(tmpdir(), 'seren-bench-'));
    try {
      const dump = join(directory, 'dump');
      await runProgram('pg_dump', ['-Fd', '-j', PEER_JOBS, '-Z0', '-f', dump, '-d', source]);
      await runProgram('pg_restore', ['-j', PEER_JOBS, '-d', target, dump]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
    return undefined;
  },
};

/** The same with the statistics that the other tools leave behind. */
const dumpRestoreAndAnalyze: Contender = {
  name: `${dumpAndRestore.name}, vacuumdb`,
  run: async (task) => {
    await dumpAndRestore.run(task);
    await runProgram('vacuumdb', ['--analyze-only', '--jobs', PEER_JOBS, '--quiet', '-d', task.target]);
    return undefined;
  },
};

const pgcopydb: Contender = {
  name: 'pgcopydb',
  run: async ({ source, target }) => {
    const directory = await mkdtemp(join(tmpdir(), 'seren-bench-'));
    try {
      const jobs = ['--table-jobs', PEER_JOBS, '--index-jobs', PEER_JOBS];
      await runProgram('pgcopydb', [
        'clone',
        ...jobs,
        '--dir',
        join(directory, 'work'),
        '--source',
        source,
        '--target',
        target,
      ]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
    return undefined;
  },
};

/** The peers that are installed. */
export async function findPeers(): Promise<Contender[]> {
  const found: Contender[] = [];
  if (await isInstalled('pg_dump')) found.push(dumpAndRestore, dumpRestoreAndAnalyze);
  if (await isInstalled('pgcopydb')) found.push(pgcopydb);
  return found;
}

/** The bare pipe of two psql for one table: no parallelism, no indexes, nothing but COPY. */
export function psqlPipe(table: string): Contender {
  return {
    name: 'psql to psql',
    run: async ({ source, target }) => {
      const script = `set -euo pipefail
        pg_dump --section=pre-data -d "$SOURCE" | psql -q -X -v ON_ERROR_STOP=1 -d "$TARGET" >/dev/null
        psql -q -X -d "$SOURCE" -c 'COPY ${table} TO STDOUT' | psql -q -X -d "$TARGET" -c 'COPY ${table} FROM STDIN'`;
      await runProgram('bash', ['-c', script], '', { SOURCE: source, TARGET: target });
      return undefined;
    },
  };
}

export async function versionOf(program: string): Promise<string | undefined> {
  if (!(await isInstalled(program))) return undefined;
  const output = await runProgram(program, ['--version']);
  return /\d+(\.\d+)*/.exec(output)?.[0];
}

async function isInstalled(program: string): Promise<boolean> {
  const child = spawn('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  return code === 0;
}

async function runProgram(
  program: string,
  args: readonly string[],
  input = '',
  environment: Record<string, string> = {},
): Promise<string> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  child.stdin.end(input);
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`${program} failed with ${String(code)}: ${errors.slice(-2000)}`);
  return output;
}
