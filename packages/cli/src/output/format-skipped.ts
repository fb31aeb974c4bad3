import type { SkippedObject } from '@seren-replicator/job-models';
import { formatCount } from './format-quantities.ts';
import { formatTable } from './format-table.ts';
import type { Colors } from './output.ts';

const MAX_SKIPPED_OBJECTS = 50;

/** Objects with the reasons why they were left out; empty without any. */
export function formatSkipped(
  colors: Colors,
  {
    head,
    skipped,
    omitted = 0,
  }: { head: string; skipped: readonly SkippedObject[]; omitted?: number | undefined },
): string {
  if (skipped.length === 0) return '';
  const shown = skipped.slice(0, MAX_SKIPPED_OBJECTS);
  const hidden = skipped.length - shown.length + omitted;
  const table = formatTable({
    colors,
    head: [head, 'why'],
    rows: shown.map(({ object, reason }) => [object, reason]),
  });
  return hidden > 0 ? `${table}\nand ${formatCount(hidden)} more` : table;
}
