import { distance } from 'fastest-levenshtein';

/** Letters to insert, delete or replace that a mistyped name may need: two letters swapped count as two. */
const MAX_DISTANCE = 2;

/** The name that was probably meant; undefined when none is near. */
export function suggestName(written: string, names: readonly string[]): string | undefined {
  const near = names
    .map((name) => ({ name, mistakes: distance(written, name) }))
    .filter(({ mistakes }) => mistakes <= MAX_DISTANCE)
    .sort((a, b) => a.mistakes - b.mistakes);
  return near[0]?.name;
}
