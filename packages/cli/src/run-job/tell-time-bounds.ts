import type { CommandContext } from '../command-definition.ts';
import type { WrittenFilter } from '../filter/build-filter.ts';

/**
 * A time filter means other rows with every minute that passes: whoever resumes or compares the copy later needs the
 * bound that it was made with.
 */
export function tellTimeBounds({ settings, output }: CommandContext, filter: WrittenFilter = {}): void {
  const count = settings['time-filter']?.length ?? 0;
  if (count === 0) return;
  const options = (filter.table_filters ?? [])
    .slice(-count)
    .map(({ table, where }) => `--table-filter ${quoteForShell(`${table}:${where}`)}`);
  output.note(`Time filters are fixed to this moment; to resume or compare later: ${options.join(' ')}`);
}

/** Double quotes: the predicate has single ones. */
function quoteForShell(text: string): string {
  return `"${text.replaceAll(/[\\"$`]/g, String.raw`\$&`)}"`;
}
