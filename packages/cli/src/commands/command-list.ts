import type { CommandDefinition, CommandGroup } from '../command-definition.ts';
import { cutoverCommand } from './cutover.ts';
import { estimateCommand } from './estimate.ts';
import { initCommand } from './init.ts';
import { jobsCommands } from './jobs.ts';
import { statusCommand } from './status.ts';
import { syncCommand } from './sync.ts';
import { validateCommand } from './validate.ts';
import { verifyCommand } from './verify.ts';

/** In the order of `--help`. */
export const commandList: readonly (CommandDefinition | CommandGroup)[] = [
  validateCommand,
  estimateCommand,
  initCommand,
  syncCommand,
  statusCommand,
  verifyCommand,
  cutoverCommand,
  jobsCommands,
];
