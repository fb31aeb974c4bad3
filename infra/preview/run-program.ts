/**
 * Runs the real program as `pulumi` does: the language runner of the SDK in a process of its own, speaking gRPC to
 * an engine. The engine here is ours (`engine.ts`): it has no state and no account, answers lookups from `account`,
 * and notes the graph. With `isPreview` ids and ARNs of new resources are unknown, as in `pulumi preview`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { startEngine } from './engine.ts';
import type { ResourceGraph } from './resource-graph.ts';

const infra = join(import.meta.dirname, '..');
const runner = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run');
const DEADLINE_MS = 60_000;

export interface ProgramInput {
  stack: string;
  /** With namespaces, as `seren-replicator:stage`; what is not text is passed as JSON, as `pulumi` does. */
  config: Record<string, unknown>;
  account: Account;
  isPreview?: boolean;
}

export interface ProgramRun {
  graph: ResourceGraph;
  /** What the program reported as errors; empty when it ended well. */
  errors: string[];
}

export async function runProgram({
  stack,
  config,
  account,
  isPreview = false,
}: ProgramInput): Promise<ProgramRun> {
  const engine = await startEngine({ stack, account, isPreview });
  try {
    const child = spawn(
      process.execPath,
      [
        runner,
        `--monitor=${engine.address}`,
        `--engine=${engine.address}`,
        '--project=seren-replicator',
        `--stack=${stack}`,
        '--parallel=32',
        ...(isPreview ? ['--dry-run'] : []),
        `--pwd=${infra}`,
        '.',
      ],
      { env: environmentFor(config), stdio: ['ignore', 'pipe', 'pipe'], timeout: DEADLINE_MS },
    );
    const printed: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => void printed.push(text));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    const errors = engine.errors.length === 0 && code !== 0 ? [printed.join('')] : engine.errors;
    return { graph: engine.graph, errors };
  } finally {
    await engine.stop();
  }
}

/** The runner's own environment alone: nothing of the developer's account may reach the program. */
function environmentFor(config: Record<string, unknown>): NodeJS.ProcessEnv {
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
    // Most of a run is the loading of Pulumi's libraries.
    NODE_COMPILE_CACHE: join(tmpdir(), 'seren-infra-compile-cache'),
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(texts)),
    PULUMI_CONFIG_SECRET_KEYS: '[]',
  };
}
