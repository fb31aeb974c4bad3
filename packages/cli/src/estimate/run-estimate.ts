import { EXIT_CODES, jobFilterSchema, ReplicatorError, type ExitCode } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { resolveConnection } from '../connection-defaults/resolve-connection.ts';
import { buildFilter } from '../filter/build-filter.ts';
import { createEngineLog } from '../output/create-engine-log.ts';
import { formatEstimate } from '../output/format-estimate.ts';
import { estimateJob } from './estimate-job.ts';

/** Measures the source from this machine and says what a job would take. Nothing is submitted. */
export async function runEstimate(context: CommandContext): Promise<ExitCode> {
  const { deps, settings, output } = context;
  if (settings.source === undefined) {
    throw new ReplicatorError(
      'invalid_request',
      'Say which database is meant: --source URL (or SEREN_SOURCE_URL), like postgresql://user@host:5432/database.',
    );
  }
  const source = await resolveConnection(deps, {
    role: 'source',
    text: settings.source,
    warn: (message) => output.warn(message),
  });
  const filter = jobFilterSchema.parse(buildFilter(settings, new Date()));
  const { measureSource } = await import('@seren-replicator/replication');
  const log = createEngineLog(output, settings['log-level'] ?? 'warn');
  const databases = await measureSource(
    { log, signal: deps.signal },
    { source_url: source.reveal(), filter },
  );
  const estimate = estimateJob(databases, { verify: settings.verify ?? true });
  if (output.isJson) output.printDocument(estimate);
  else output.printResult(formatEstimate(output.colors, estimate));
  return EXIT_CODES.done;
}
