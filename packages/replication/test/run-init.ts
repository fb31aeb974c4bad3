/** Runs one `init` in a process of its own, for tests that kill it. URLs come on standard input, as JSON. */
import { text } from 'node:stream/consumers';
import { jobSpecificationSchema } from '@seren-replicator/job-models';
import { runCommand } from '../src/run-command.ts';
import type { Tuning } from '../src/tuning.ts';

interface Input {
  source: string;
  target: string;
  tuning: Partial<Tuning>;
}

const { source, target, tuning } = JSON.parse(await text(process.stdin)) as Input;
const { result, failure } = await runCommand(
  {
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    onProgress: ({ phase }) => process.stdout.write(`${phase}\n`),
    path: '',
    tuning,
    signal: new AbortController().signal,
  },
  jobSpecificationSchema.parse({
    schema_version: '1.0',
    command: 'init',
    source_url: source,
    target_url: target,
    options: { no_sync: true, jobs: 3 },
  }),
);
process.stdout.write(`${JSON.stringify({ result, failure: failure?.message ?? null })}\n`);
