import type { JobProgress, JobSpecification } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { formatResult } from '../output/format-result.ts';
import { createEngineLog } from '../output/create-engine-log.ts';
import type { JobOutcome } from './job-outcome.ts';

/** Runs the engine, which is loaded for it, in this process. */
export async function runEngine(
  { deps, settings, output }: CommandContext,
  specification: JobSpecification,
  onProgress: (progress: JobProgress) => void,
): Promise<JobOutcome> {
  const { runCommand } = await import('@seren-replicator/replication');
  const { result, failure } = await runCommand(
    {
      log: createEngineLog(output, settings['log-level'] ?? 'warn'),
      onProgress,
      onCopied: ({ result }) => {
        if (!output.isJson) output.note(formatResult(output.colors, result));
      },
      path: deps.env['PATH'] ?? '',
      signal: deps.signal,
    },
    specification,
  );
  return { jobId: null, result, failure };
}
