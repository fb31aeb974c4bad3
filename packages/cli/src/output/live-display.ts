/** Progress on a terminal: a bar, a line of figures, and a line for each of the first tables being worked on. */
import type { ActiveTable, JobProgress } from '@seren-replicator/job-models';
import cliProgress from 'cli-progress';
import type { OutputStream } from '../cli-deps.ts';
import { describeProgress } from './describe-progress.ts';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatBytes } from './format-quantities.ts';
import type { Output } from './output.ts';
import type { ProgressDisplay } from './progress-display.ts';
import { RateWindow } from './rate-window.ts';

const BAR_WIDTH = 30;
const MAX_ACTIVE_TABLES = 4;
const LONGEST_TABLE_NAME = 40;
const REDRAWS_PER_SECOND = 8;

/** Bars are cut at the edge of the terminal, which is then told not to wrap; lines above them must not be cut. */
const WRAP_ON = '\x1b[?7h';
const WRAP_OFF = '\x1b[?7l';
const CLEAR_BELOW = '\x1b[J';

export function createLiveDisplay(output: Output, stream: OutputStream, now: () => number): ProgressDisplay {
  const rate = new RateWindow();
  let lines: string[] = [];
  const bars = new cliProgress.MultiBar({
    stream,
    fps: REDRAWS_PER_SECOND,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
    // Without it, a bar that did not change stays overwritten by the lines logged above it.
    forceRedraw: true,
    // Each bar draws one line of the text.
    format: (_options, _params, payload: { index: number }) => lines[payload.index] ?? '',
  });
  const restoreOutput = output.writeThrough((line) => bars.log(`${CLEAR_BELOW}${WRAP_ON}${line}${WRAP_OFF}`));
  let drawnLines = 0;
  return {
    update(progress: JobProgress): void {
      rate.add(now(), progress);
      lines = formatLines(progress, rate.bytesPerSecond());
      for (; drawnLines < lines.length; drawnLines += 1) bars.create(1, 0, { index: drawnLines });
    },
    close(): void {
      bars.update();
      bars.stop();
      restoreOutput();
    },
  };
}

export function formatLines(progress: JobProgress, bytesPerSecond: number | null): string[] {
  const { phase, fraction, parts, remaining } = describeProgress(progress, bytesPerSecond);
  const first = [phase, ...(fraction === null ? [] : [formatBar(fraction), formatPercent(fraction)])];
  if (remaining !== null) first.push(remaining);
  const lines = [first.join('  ')];
  if (parts.length > 0) lines.push(`  ${parts.join('  ')}`);
  lines.push(...progress.active.slice(0, MAX_ACTIVE_TABLES).map(formatActiveTable));
  return lines.map(escapeControlCharacters);
}

function formatBar(fraction: number): string {
  const full = Math.floor(fraction * BAR_WIDTH);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
}

function formatPercent(fraction: number): string {
  return `${Math.floor(fraction * 100)}%`;
}

function formatActiveTable({ table, phase, bytes_copied, bytes_total }: ActiveTable): string {
  const name = table.length > LONGEST_TABLE_NAME ? `${table.slice(0, LONGEST_TABLE_NAME - 1)}…` : table;
  const bytes = bytes_total > 0 ? `  ${formatBytes(bytes_copied)} of ${formatBytes(bytes_total)}` : '';
  return `    ${name}  ${phase}${bytes}`;
}
