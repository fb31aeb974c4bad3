import { ReplicatorError, type ConnectionUrl } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import type { Settings } from '../options/settings.ts';
import { askOnTerminal, canAsk } from '../connection-defaults/ask-on-terminal.ts';

/** Whether databases of the servers are meant, and not the two that the URLs name. */
function choosesDatabases(settings: Settings): boolean {
  const { 'all-databases': all, 'include-databases': included, 'exclude-databases': excluded } = settings;
  return all === true || included !== undefined || excluded !== undefined;
}

/** Before anything else is asked: a script that forgot --yes must not wait for an answer. */
export function refuseUnconfirmedDrop({ deps, settings }: CommandContext): void {
  if (settings['drop-existing'] !== true || settings.yes === true || canAsk(deps)) return;
  throw new ReplicatorError(
    'invalid_request',
    '--drop-existing drops what the target holds and there is no terminal to confirm it on; add --yes if that is meant.',
  );
}

/** @throws ReplicatorError `cancelled` when the answer is not yes. */
export async function confirmDropExisting(context: CommandContext, target: ConnectionUrl): Promise<void> {
  const { deps, settings } = context;
  if (settings['drop-existing'] !== true || settings.yes === true) return;
  const answer = await askOnTerminal(
    deps,
    choosesDatabases(settings)
      ? `--drop-existing drops each database on the server of ${target.toString()} that has the name of one that is copied. Drop them? [y/N] `
      : `--drop-existing drops what ${target.toString()} holds. Drop it? [y/N] `,
    false,
  );
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new ReplicatorError('cancelled', 'Nothing was dropped or copied.');
}
