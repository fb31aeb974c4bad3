import { ReplicatorError, type ExitCode } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { runDatabaseCommand } from './run-database-command.ts';
import { specifyJob } from './specify-job.ts';
import { watchStatus } from './watch-status.ts';

/** Tells how things stand, once or again and again. */
export async function runStatus(context: CommandContext): Promise<ExitCode> {
  const { settings } = context;
  if (settings.watch !== true) return runDatabaseCommand(context, 'status');
  if (settings.local !== true) {
    throw new ReplicatorError(
      'invalid_request',
      '--watch looks from this machine: add --local. What a job of the service follows, and how far behind it is, "seren-replicator jobs watch" of that job shows.',
    );
  }
  return watchStatus(context, (await specifyJob(context, 'status')).complete);
}
