import type { Following } from '@seren-replicator/job-models';
import { formatCount } from './format-quantities.ts';
import { formatSkipped } from './format-skipped.ts';
import { formatTable } from './format-table.ts';
import type { Colors } from './output.ts';

const MAX_DATABASES = 100;

/** How databases follow their sources, and which tables do not: sections that are empty where there is nothing to say. */
export function formatFollowing(colors: Colors, databases: readonly Following[]): string[] {
  if (databases.length === 0) return [];
  const hidden = databases.length - MAX_DATABASES;
  const table = formatTable({
    colors,
    head: ['database', 'follows by', 'tables', 'because'],
    rightAligned: [2],
    rows: databases
      .slice(0, MAX_DATABASES)
      .map(({ database, method, tables, reason }) => [database, method, formatCount(tables), reason]),
  });
  const leftOut = databases.flatMap(({ database, left_out }) =>
    left_out.map(({ object, reason }) => ({
      object: databases.length > 1 ? `${database}: ${object}` : object,
      reason,
    })),
  );
  const omitted = databases.reduce((sum, each) => sum + (each.omitted ?? 0), 0);
  return [
    hidden > 0 ? `${table}\nand ${formatCount(hidden)} more` : table,
    formatSkipped(colors, { head: 'does not follow', skipped: leftOut, omitted }),
  ];
}
