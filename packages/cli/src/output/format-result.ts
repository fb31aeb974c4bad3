import type { Check, JobResult, ValidateResult } from '@seren-replicator/job-models';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatInit } from './format-init.ts';
import { formatCount, formatCountOf } from './format-quantities.ts';
import { formatVerification } from './format-verification.ts';
import type { Colors } from './output.ts';

/** What a command has to say at its end, for people. */
export function formatResult(colors: Colors, result: JobResult): string {
  switch (result.command) {
    case 'validate':
      return formatChecks(colors, result);
    case 'verify':
      return formatVerification(colors, result.verification);
    case 'init':
      return formatInit(colors, result);
  }
}

/** What fails comes last, next to the prompt. Not in a table: a fix is there to be copied, and cells would wrap it. */
function formatChecks(colors: Colors, { checks, omitted = 0 }: ValidateResult): string {
  const order = ['pass', 'warn', 'fail'] as const;
  const sorted = [...checks].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const width = Math.max(0, ...checks.map(({ name }) => escapeControlCharacters(name).length));
  const counts = order
    .map((status) => `${formatCount(checks.filter((check) => check.status === status).length)} ${status}`)
    .join(', ');
  const lines = sorted.map((check) => formatCheck(colors, check, width));
  if (omitted > 0) lines.push(`${formatCount(omitted)} more left out of the job's record`);
  return [...lines, '', `${formatCountOf(checks.length + omitted, 'check')}: ${counts}`].join('\n');
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
