/** Runs one command of the engine in a process of its own, for tests that kill it. Input comes on standard input, as JSON. */
import { text } from 'node:stream/consumers';
import { jobSpecificationSchema, type JobSpecificationInput } from '@seren-replicator/job-models';
import { runCommand } from '../src/run-command.ts';
import type { Tuning } from '../src/tuning.ts';

export interface EngineInput {
  /** `init` when it is left out. */
  command?: JobSpecificationInput['command'];
  source: string;
  target: string;
  options?: JobSpecificationInput['options'];
  tuning?: Partial<Tuning>;
}

const {
  command = 'init',
  source,
  target,
  options,
  tuning,
} = JSON.parse(await text(process.stdin)) as EngineInput;
const { result, failure } = await runCommand(
  {
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    onProgress: ({ phase }) => process.stdout.write(`${phase}\n`),
    path: '',
    ...(tuning !== undefined && { tuning }),
    signal: new AbortController().signal,
  },
  jobSpecificationSchema.parse({
    schema_version: '1.0',
    command,
    source_url: source,
    target_url: target,
    options: { no_sync: true, jobs: 3, ...options },
  }),
);
process.stdout.write(`${JSON.stringify({ result, failure: failure?.message ?? null })}\n`);
