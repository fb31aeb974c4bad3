import type { Check, ValidateResult } from '@seren-replicator/job-models';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatCount, formatCountOf } from './format-quantities.ts';
import type { Colors } from './output.ts';

const statuses = ['pass', 'warn', 'fail'] as const;

/** Enough for one database and for what is wrong in many; `--json` has all. */
const mostShown = { pass: 100, warn: 200, fail: 200 } as const;

/** What fails comes last, next to the prompt. Not in a table: a fix is there to be copied, and cells would wrap it. */
export function formatChecks(colors: Colors, { checks, omitted = 0 }: ValidateResult): string {
  const counts = statuses
    .map((status) => `${formatCount(checks.filter((check) => check.status === status).length)} ${status}`)
    .join(', ');
  const lines = formatFindings(colors, checks);
  if (omitted > 0) lines.push(`${formatCount(omitted)} more left out of the job's record`);
  return [...lines, '', `${formatCountOf(checks.length + omitted, 'check')}: ${counts}`].join('\n');
}

/** The lines of checks, the worst last, without a count. */
export function formatFindings(colors: Colors, checks: readonly Check[]): string[] {
  const width = Math.max(0, ...checks.map(({ name }) => escapeControlCharacters(name).length));
  return statuses.flatMap((status) => {
    const these = checks.filter((check) => check.status === status);
    const hidden = these.length - mostShown[status];
    return [
      ...these.slice(0, mostShown[status]).map((check) => formatCheck(colors, check, width)),
      ...(hidden > 0 ? [`${status}  and ${formatCount(hidden)} more`] : []),
    ];
  });
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
