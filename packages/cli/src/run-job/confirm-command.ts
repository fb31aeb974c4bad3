/** What asks before it begins, because it cannot be taken back: dropping what a target holds, and a cutover. */
import { ReplicatorError, type ConnectionUrl, type JobCommand } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import type { Settings } from '../options/settings.ts';
import { askOnTerminal, canAsk } from '../connection-defaults/ask-on-terminal.ts';

interface Confirmation {
  /** What it does, for whoever has no terminal to be asked on. */
  does: string;
  question: (target: ConnectionUrl) => string;
  /** What to say when the answer is not yes. */
  declined: string;
}

/** @throws ReplicatorError `invalid_request` before anything else is asked: a script must not wait for an answer */
export function refuseUnconfirmed({ deps, settings }: CommandContext, command: JobCommand): void {
  const confirmation = confirmationOf(settings, command);
  if (confirmation === null || canAsk(deps)) return;
  throw new ReplicatorError(
    'invalid_request',
    `${confirmation.does} and there is no terminal to confirm it on; add --yes if that is meant.`,
  );
}

/** @throws ReplicatorError `cancelled` when the answer is not yes. */
export async function confirmCommand(
  { deps, settings }: CommandContext,
  { command, target }: { command: JobCommand; target: ConnectionUrl },
): Promise<void> {
  const confirmation = confirmationOf(settings, command);
  if (confirmation === null) return;
  const answer = await askOnTerminal(deps, `${confirmation.question(target)} [y/N] `, false);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new ReplicatorError('cancelled', confirmation.declined);
}

/** Null where nothing has to be confirmed. */
function confirmationOf(settings: Settings, command: JobCommand): Confirmation | null {
  if (settings.yes === true) return null;
  if (command === 'init' && settings['drop-existing'] === true) return dropping(settings);
  return command === 'cutover' && settings['dry-run'] !== true ? cuttingOver(settings) : null;
}

function dropping(settings: Settings): Confirmation {
  return {
    does: '--drop-existing drops what the target holds',
    question: (target) =>
      choosesDatabases(settings)
        ? `--drop-existing drops each database on the server of ${target.toString()} that has the name of one that is copied. Drop them?`
        : `--drop-existing drops what ${target.toString()} holds. Drop it?`,
    declined: 'Nothing was dropped or copied.',
  };
}

function cuttingOver(settings: Settings): Confirmation {
  const locks = settings['lock-source'] === true ? 'locks the source against writes and ' : '';
  const what = choosesDatabases(settings) ? 'of each database in scope ' : '';
  return {
    does: `cutover ${locks}ends replication`,
    question: (target) =>
      `cutover ${locks}ends replication ${what}to ${target.toString()}. Has all that writes to the source stopped, and shall it begin?`,
    declined: 'Nothing was changed; the target goes on following.',
  };
}

/** Whether databases of the servers are meant, and not the two that the URLs name. */
function choosesDatabases(settings: Settings): boolean {
  const { 'all-databases': all, 'include-databases': included, 'exclude-databases': excluded } = settings;
  return all === true || included !== undefined || excluded !== undefined;
}
