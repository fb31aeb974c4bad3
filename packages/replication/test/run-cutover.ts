/** Runs one `cutover` in a process of its own, for tests that kill it. URLs come on standard input, as JSON. */
import { text } from 'node:stream/consumers';
import { jobSpecificationSchema, type JobSpecificationInput } from '@seren-replicator/job-models';
import { runCommand } from '../src/run-command.ts';

interface Input {
  source: string;
  target: string;
  options: JobSpecificationInput['options'];
}

const { source, target, options } = JSON.parse(await text(process.stdin)) as Input;
const { result, failure } = await runCommand(
  {
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    onProgress: ({ phase }) => process.stdout.write(`${phase}\n`),
    path: '',
    signal: new AbortController().signal,
  },
  jobSpecificationSchema.parse({
    schema_version: '1.0',
    command: 'cutover',
    source_url: source,
    target_url: target,
    options,
  }),
);
process.stdout.write(`${JSON.stringify({ result, failure: failure?.message ?? null })}\n`);
