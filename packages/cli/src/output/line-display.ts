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
  let last: { phase: string; figures: string; atMs: number } | null = null;
  return {
    update(progress: JobProgress): void {
      const atMs = now();
      rate.add(atMs, progress);
      const { phase } = progress;
      const elapsedMs = last === null ? Infinity : atMs - last.atMs;
      if (phase === last?.phase && elapsedMs < LINE_EVERY_MS) return;
      const figures = formatFigures(progress, rate.bytesPerSecond());
      const isNew = phase !== last?.phase;
      if (!isNew && figures === last?.figures && elapsedMs < SAME_LINE_EVERY_MS) return;
      // Phases without figures of their own come with those of the one before.
      const says = figures !== '' && !(isNew && figures === last?.figures);
      write(escapeControlCharacters(says ? `${phase}: ${figures}` : phase));
      last = { phase, figures, atMs };
    },
    close: () => undefined,
  };
}

function formatFigures(progress: JobProgress, bytesPerSecond: number | null): string {
  const { fraction, parts, remaining } = describeProgress(progress, bytesPerSecond);
  const percent = fraction === null ? [] : [`${Math.floor(fraction * 100)}%`];
  return [...percent, ...parts, ...(remaining === null ? [] : [remaining])].join(', ');
}
