/** The tools that are compared. Each copies one database into an existing empty one and resolves when it is done. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { EngineFigures, EngineInput } from './run-engine.ts';

export interface CopyTask {
  source: string;
  target: string;
}

export interface Contender {
  name: string;
  isPeer: boolean;
  /** Whether the copy is analysed when it is done. */
  leavesStatistics: boolean;
  run: (task: CopyTask) => Promise<EngineFigures | undefined>;
}

/** As people run them, twice as many jobs as processors; and as many, which may be better where the servers are here too. */
const PEER_JOBS = [2 * availableParallelism(), availableParallelism()];

/** @param options what differs from a run by default, which is compared without its verification */
export function engine(
  name: string,
  { jobs, verify = false, tuning = {} }: Partial<Omit<EngineInput, keyof CopyTask>> = {},
): Contender {
  return {
    name,
    isPeer: false,
    leavesStatistics: tuning.statistics !== false,
    run: async (task) => {
      const script = join(import.meta.dirname, '../dist/run-engine.js');
      const input: EngineInput = { ...task, jobs, verify, tuning };
      const output = await runProgram(process.execPath, [script], JSON.stringify(input));
      return JSON.parse(output) as EngineFigures;
    },
  };
}

function dumpAndRestore(jobs: number): Contender {
  return {
    name: `pg_dump, pg_restore (${jobs})`,
    isPeer: true,
    leavesStatistics: false,
    run: ({ source, target }) =>
      withPathToFill(async (dump) => {
        await runProgram('pg_dump', ['-Fd', '-j', `${jobs}`, '-Z0', '-f', dump, '-d', source]);
        await runProgram('pg_restore', ['-j', `${jobs}`, '-d', target, dump]);
      }),
  };
}

/** The same with the statistics that the other tools leave behind. */
function dumpRestoreAndAnalyze(jobs: number): Contender {
  return {
    name: `pg_dump, pg_restore, vacuumdb (${jobs})`,
    isPeer: true,
    leavesStatistics: true,
    run: async (task) => {
      await dumpAndRestore(jobs).run(task);
      await runProgram('vacuumdb', ['--analyze-only', '--jobs', `${jobs}`, '--quiet', '-d', task.target]);
      return undefined;
    },
  };
}

function pgcopydb(jobs: number): Contender {
  return {
    name: `pgcopydb (${jobs})`,
    isPeer: true,
    leavesStatistics: true,
    run: ({ source, target }) =>
      withPathToFill(async (work) => {
        const parallel = ['--table-jobs', `${jobs}`, '--index-jobs', `${jobs}`];
        const places = ['--dir', work, '--source', source, '--target', target];
        await runProgram('pgcopydb', ['clone', ...parallel, ...places]);
      }),
  };
}

/** A path at which nothing is yet, for a directory that is gone afterwards. */
async function withPathToFill(use: (path: string) => Promise<void>): Promise<undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'seren-bench-'));
  try {
    await use(join(directory, 'work'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The peers that are installed. */
export async function findPeers(): Promise<Contender[]> {
  const found: Contender[] = [];
  if (await isInstalled('pg_dump'))
    found.push(...PEER_JOBS.map(dumpAndRestore), ...PEER_JOBS.map(dumpRestoreAndAnalyze));
  if (await isInstalled('pgcopydb')) found.push(...PEER_JOBS.map(pgcopydb));
  return found;
}

/** The bare pipe of two psql for one table: no parallelism, no indexes, nothing but COPY. */
export function psqlPipe(table: string): Contender {
  return {
    name: 'psql to psql',
    isPeer: false,
    leavesStatistics: false,
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
