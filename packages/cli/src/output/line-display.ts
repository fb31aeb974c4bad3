/** Progress where nobody watches a terminal: a plain line on every new phase, and now and then in between. */
import type { JobProgress } from '@seren-replicator/job-models';
import { describeProgress } from './describe-progress.ts';
import { escapeControlCharacters } from './escape-control-characters.ts';
import type { ProgressDisplay } from './progress-display.ts';
import { RateWindow } from './rate-window.ts';

const LINE_EVERY_MS = 10_000;
/** A line that says the same again only proves that the command is alive. */
const SAME_LINE_EVERY_MS = 60_000;

export function createLineDisplay(write: (line: string) => void, now: () => number): ProgressDisplay {
  const rate = new RateWindow();
  let last: { phase: string; line: string; atMs: number } | null = null;
  return {
    update(progress: JobProgress): void {
      const atMs = now();
      rate.add(atMs, progress);
      const { phase } = progress;
      const elapsedMs = last === null ? Infinity : atMs - last.atMs;
      if (phase === last?.phase && elapsedMs < LINE_EVERY_MS) return;
      const line = formatLine(progress, rate.bytesPerSecond());
      if (line === last?.line && elapsedMs < SAME_LINE_EVERY_MS) return;
      write(line);
      last = { phase, line, atMs };
    },
    close: () => undefined,
  };
}

function formatLine(progress: JobProgress, bytesPerSecond: number | null): string {
  const { phase, fraction, parts, remaining } = describeProgress(progress, bytesPerSecond);
  const percent = fraction === null ? [] : [`${Math.floor(fraction * 100)}%`];
  const rest = [...percent, ...parts, ...(remaining === null ? [] : [remaining])].join(', ');
  return escapeControlCharacters(rest === '' ? phase : `${phase}: ${rest}`);
}
