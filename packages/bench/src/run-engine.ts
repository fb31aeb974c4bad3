/** One copy by the engine in a process of its own. Input on standard input, figures on standard output, both JSON. */
import { text } from 'node:stream/consumers';
import { jobSpecificationSchema } from '@seren-replicator/job-models';
import { runCommand, type EngineDeps } from '@seren-replicator/replication';

export interface EngineInput {
  source: string;
  target: string;
  jobs: number | undefined;
  verify: boolean;
  tuning: NonNullable<EngineDeps['tuning']>;
}

export interface EngineFigures {
  phases: { phase: string; seconds: number }[];
  bytes: number;
  cpuSeconds: number;
  maxRssBytes: number;
}

const input = JSON.parse(await text(process.stdin)) as EngineInput;
const { result, failure } = await runCommand(
  {
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    onProgress: () => undefined,
    path: process.env['PATH'] ?? '',
    tuning: input.tuning,
    signal: new AbortController().signal,
  },
  jobSpecificationSchema.parse({
    schema_version: '1.0',
    command: 'init',
    source_url: input.source,
    target_url: input.target,
    options: { no_sync: true, verify: input.verify, ...(input.jobs !== undefined && { jobs: input.jobs }) },
  }),
);
if (failure !== null || result.command !== 'init') throw failure ?? new Error('not an init');
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const figures: EngineFigures = {
  phases: result.phases,
  bytes: result.bytes,
  cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  maxRssBytes: maxRSS * 1024,
};
process.stdout.write(JSON.stringify(figures));
