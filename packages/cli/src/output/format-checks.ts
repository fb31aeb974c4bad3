import type { Check, ValidateResult } from '@seren-replicator/job-models';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatCount, formatCountOf } from './format-quantities.ts';
import type { Colors } from './output.ts';

/** What fails comes last, next to the prompt. Not in a table: a fix is there to be copied, and cells would wrap it. */
export function formatChecks(colors: Colors, { checks, omitted = 0 }: ValidateResult): string {
  const order = ['pass', 'warn', 'fail'] as const;
  const sorted = [...checks].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const counts = order
    .map((status) => `${formatCount(checks.filter((check) => check.status === status).length)} ${status}`)
    .join(', ');
  const lines = formatEach(colors, sorted);
  if (omitted > 0) lines.push(`${formatCount(omitted)} more left out of the job's record`);
  return [...lines, '', `${formatCountOf(checks.length + omitted, 'check')}: ${counts}`].join('\n');
}

/** Checks as they come, without a count. */
export function formatEach(colors: Colors, checks: readonly Check[]): string[] {
  const width = Math.max(0, ...checks.map(({ name }) => escapeControlCharacters(name).length));
  return checks.map((check) => formatCheck(colors, check, width));
}

function formatCheck(colors: Colors, { name, status, message, fix }: Check, width: number): string {
  const color = { pass: colors.green, warn: colors.yellow, fail: colors.red }[status];
  const line = `${color(status)}  ${escapeControlCharacters(name).padEnd(width)}  ${escapeControlCharacters(message)}`;
  if (fix === null) return line;
  const [first = '', ...others] = fix.split('\n').map(escapeControlCharacters);
  return [line, `      ${colors.bold('fix:')} ${first}`, ...others.map((text) => `           ${text}`)].join(
    '\n',
  );
}
