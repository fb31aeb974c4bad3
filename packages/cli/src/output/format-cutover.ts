import type { CutoverResult, CutoverStep } from '@seren-replicator/job-models';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatFollowing } from './format-following.ts';
import { formatSeconds } from './format-quantities.ts';
import { formatTable, type Cell } from './format-table.ts';
import { formatVerification } from './format-verification.ts';
import type { Colors } from './output.ts';

/** The steps of a cutover, and where applications connect to from now on. */
export function formatCutover(colors: Colors, result: CutoverResult): string {
  const sections = [
    formatSteps(colors, result.steps),
    result.verification === null ? '' : formatVerification(colors, result.verification),
    ...formatFollowing(colors, result.reverse ?? []),
    formatEnd(colors, result),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function formatSteps(colors: Colors, steps: readonly CutoverStep[]): string {
  if (steps.length === 0) return '';
  return formatTable({
    colors,
    head: ['step', '', 'time', ''],
    rightAligned: [2],
    rows: steps.map(({ step, status, seconds, detail }) => [
      step,
      formatStatus(colors, status),
      status === 'planned' ? `about ${formatSeconds(seconds)}` : formatSeconds(seconds),
      detail,
    ]),
  });
}

function formatStatus(colors: Colors, status: CutoverStep['status']): Cell {
  const paint = { planned: undefined, done: colors.green, undone: colors.yellow, failed: colors.red }[status];
  return paint === undefined ? status : { text: status, paint };
}

/** A cutover that failed has no new place to connect to: its steps and its error say how things stand. */
function formatEnd(colors: Colors, { dry_run, steps, pause_seconds: pause, target }: CutoverResult): string {
  if (dry_run) return `Nothing was changed. Writes would pause for about ${formatSeconds(pause)}`;
  if (steps.some(({ status }) => status !== 'done')) return '';
  return `${colors.green('Cut over')} with a pause of ${formatSeconds(pause)}: connect to ${escapeControlCharacters(target)} from now on`;
}
