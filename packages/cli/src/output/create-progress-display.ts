import type { CommandContext } from '../command-definition.ts';
import { createLineDisplay } from './line-display.ts';
import { createLiveDisplay } from './live-display.ts';
import type { ProgressDisplay } from './progress-display.ts';

const silentDisplay: ProgressDisplay = { update: () => undefined, close: () => undefined };

/** One JSON object a second is enough to follow. */
const DOCUMENT_EVERY_MS = 1_000;

/** The display that suits the call: JSON lines if asked for, none if quiet, a live one on a terminal, else lines. */
export function createProgressDisplay({ deps, settings, output }: CommandContext): ProgressDisplay {
  const now = (): number => performance.now();
  if (output.isJson && settings.progress === true) return createDocumentDisplay(output, now);
  if (output.isQuiet) return silentDisplay;
  return deps.stderr.isTTY === true && deps.env['TERM'] !== 'dumb'
    ? createLiveDisplay(output, deps.stderr, now)
    : createLineDisplay((line) => output.note(line), now);
}

function createDocumentDisplay(output: CommandContext['output'], now: () => number): ProgressDisplay {
  let last: { phase: string; atMs: number } | null = null;
  return {
    update(progress) {
      const atMs = now();
      if (last !== null && last.phase === progress.phase && atMs - last.atMs < DOCUMENT_EVERY_MS) return;
      output.printDocument({ progress });
      last = { phase: progress.phase, atMs };
    },
    close: () => undefined,
  };
}
