import type { SyncResult } from '@seren-replicator/job-models';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatFollowing } from './format-following.ts';
import { formatCount, formatCountOf, formatSeconds } from './format-quantities.ts';
import type { Colors } from './output.ts';

const MAX_REPAIRS = 50;

/** What a run of `sync` has done: mended, applied, or ended. */
export function formatSync(colors: Colors, result: SyncResult): string {
  const sections = [
    formatVerdict(colors, result),
    formatRepairs(result),
    ...(result.stopped ? [] : formatFollowing(colors, result.databases)),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function formatVerdict(colors: Colors, { stopped, databases, seconds }: SyncResult): string {
  const what =
    databases.length === 1
      ? escapeControlCharacters(databases[0]?.database ?? '')
      : formatCountOf(databases.length, 'database');
  if (stopped) {
    return `${colors.green('Ended')} continuous sync of ${what} in ${formatSeconds(seconds)}; what it made is removed from both sides`;
  }
  const transactions = databases.reduce((sum, each) => sum + each.transactions, 0);
  const rows = databases.reduce((sum, each) => sum + each.rows, 0);
  const applied =
    transactions === 0
      ? ''
      : `; ${formatCountOf(transactions, 'transaction')} with ${formatCountOf(rows, 'row')} applied in ${formatSeconds(seconds)}`;
  return `${colors.green('In order:')} continuous sync of ${what}${applied}`;
}

function formatRepairs({ databases }: SyncResult): string {
  const repairs = databases.flatMap(({ database, repaired }) =>
    repaired.map((what) => escapeControlCharacters(databases.length > 1 ? `${database}: ${what}` : what)),
  );
  if (repairs.length === 0) return '';
  const hidden = repairs.length - MAX_REPAIRS;
  return [
    'Mended:',
    ...repairs.slice(0, MAX_REPAIRS).map((what) => `  ${what}`),
    ...(hidden > 0 ? [`  and ${formatCount(hidden)} more`] : []),
  ].join('\n');
}
