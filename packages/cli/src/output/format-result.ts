import type { Check, InitResult, JobResult, ValidateResult } from '@seren-replicator/job-models';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from './format-quantities.ts';
import { formatTable } from './format-table.ts';
import { formatVerification } from './format-verification.ts';
import type { Colors } from './output.ts';

const MAX_SKIPPED_OBJECTS = 50;

/** What a command has to say at its end, for people. */
export function formatResult(colors: Colors, result: JobResult): string {
  switch (result.command) {
    case 'validate':
      return formatChecks(colors, result);
    case 'verify':
      return formatVerification({ colors, verification: result.verification });
    case 'init':
      return formatInit(colors, result);
  }
}

/** What fails comes last, next to the prompt. Not in a table: a fix is there to be copied, and cells would wrap it. */
function formatChecks(colors: Colors, { checks, omitted = 0 }: ValidateResult): string {
  const order = ['pass', 'warn', 'fail'] as const;
  const sorted = [...checks].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  const counts = order
    .map((status) => `${formatCount(checks.filter((check) => check.status === status).length)} ${status}`)
    .join(', ');
  const lines = sorted.map((check) => formatCheck(colors, check, width));
  if (omitted > 0) lines.push(`${formatCount(omitted)} more left out of the job's record`);
  return [...lines, '', `${formatCountOf(checks.length + omitted, 'check')}: ${counts}`].join('\n');
}

function formatCheck(colors: Colors, { name, status, message, fix }: Check, width: number): string {
  const color = { pass: colors.green, warn: colors.yellow, fail: colors.red }[status];
  const line = `${color(status)}  ${name.padEnd(width)}  ${escapeControlCharacters(message)}`;
  if (fix === null) return line;
  const [first = '', ...others] = fix.split('\n').map(escapeControlCharacters);
  return [line, `      ${colors.bold('fix:')} ${first}`, ...others.map((text) => `           ${text}`)].join(
    '\n',
  );
}

function formatInit(colors: Colors, result: InitResult): string {
  const { databases, tables, rows, bytes, seconds } = result;
  const amount = [
    ...(databases > 1 ? [formatCountOf(databases, 'database')] : []),
    formatCountOf(tables, 'table'),
    formatCountOf(rows, 'row'),
    formatBytes(bytes),
  ].join(', ');
  const sections = [
    `${colors.green('Copied')} ${amount} in ${formatSeconds(seconds)}`,
    formatPhases(colors, result),
    formatSkipped(colors, result),
    result.verification === null ? '' : formatVerification({ colors, verification: result.verification }),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function formatPhases(colors: Colors, { phases }: InitResult): string {
  if (phases.length === 0) return '';
  return formatTable({
    colors,
    head: ['phase', 'time'],
    rightAligned: [1],
    rows: phases.map(({ phase, seconds }) => [phase, formatSeconds(seconds)]),
  });
}

function formatSkipped(colors: Colors, { skipped, omitted = 0 }: InitResult): string {
  if (skipped.length === 0) return '';
  const shown = skipped.slice(0, MAX_SKIPPED_OBJECTS);
  const hidden = skipped.length - shown.length + omitted;
  const table = formatTable({
    colors,
    head: ['skipped', 'why'],
    rows: shown.map(({ object, reason }) => [object, reason]),
  });
  return hidden > 0 ? `${table}\nand ${formatCount(hidden)} more` : table;
}
