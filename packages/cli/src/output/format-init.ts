import type { InitResult } from '@seren-replicator/job-models';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatFindings } from './format-checks.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from './format-quantities.ts';
import { formatFollowing } from './format-following.ts';
import { formatSkipped } from './format-skipped.ts';
import { formatTable } from './format-table.ts';
import { formatVerification } from './format-verification.ts';
import type { Colors } from './output.ts';

const MAX_ROLES = 20;

/** How a copy ended: what was copied, how, what not, and whether it is equal. */
export function formatInit(colors: Colors, result: InitResult): string {
  const sections = [
    [formatAmount(colors, result), formatResumed(result), ...formatRoles(result)]
      .filter((line) => line !== '')
      .join('\n'),
    formatPhases(colors, result),
    formatSkipped(colors, { head: 'skipped', ...result }),
    formatFindings(colors, result.warnings ?? []).join('\n'),
    result.verification === null ? '' : formatVerification(colors, result.verification),
    ...formatFollowing(colors, result.sync ?? []),
    nextCommand(result),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function formatAmount(colors: Colors, result: InitResult): string {
  const { databases, tables, rows, large_objects: largeObjects = 0, bytes, seconds } = result;
  const amount = [
    ...(databases > 1 ? [formatCountOf(databases, 'database')] : []),
    formatCountOf(tables, 'table'),
    formatCountOf(rows, 'row'),
    ...(largeObjects > 0 ? [formatCountOf(largeObjects, 'large object')] : []),
    formatBytes(bytes),
  ].join(', ');
  return `${colors.green('Copied')} ${amount} in ${formatSeconds(seconds)}`;
}

function formatResumed({ resumed }: InitResult): string {
  if (resumed === undefined) return '';
  const { parts_kept: kept, parts_changed: changed } = resumed;
  const again = changed === 0 ? '' : `, ${formatCount(changed)} copied again because the source had changed`;
  return `Resumed: ${formatCountOf(kept, 'part')} kept of an interrupted copy${again}`;
}

function formatRoles({ roles }: InitResult): string[] {
  if (roles === undefined) return [];
  const list = (what: string, names: readonly string[]): string => {
    if (names.length === 0) return '';
    const shown = names.slice(0, MAX_ROLES).map(escapeControlCharacters).join(', ');
    const hidden = names.length - MAX_ROLES;
    return `${what}: ${shown}${hidden > 0 ? ` and ${formatCount(hidden)} more` : ''}`;
  };
  return [
    list('Roles created', roles.created),
    list('Roles that the target role was made a member of', roles.joined),
    roles.omitted === undefined ? '' : `${formatCountOf(roles.omitted, 'role')} left out of the job's record`,
  ];
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

/** Of a stream nothing follows any more: what applied it was told to end, or its job would not have. */
function nextCommand({ sync = [] }: InitResult): string {
  if (!sync.some(({ method }) => method === 'subscription')) return '';
  return 'Next: "seren-replicator status" tells how far behind the target is, "seren-replicator cutover" ends it with nothing lost.';
}
