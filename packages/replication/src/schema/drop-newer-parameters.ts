import { filterOptions } from './filter-options.ts';
import { splitStatements } from './split-statements.ts';

/**
 * The releases that subscription parameters came with. pg_dump names `run_as_owner` even for sources that are older
 * than it, since it is what they do; an older target does so too, and does not know the word.
 *
 * PostgreSQL's src/bin/pg_dump/pg_dump.c, `getSubscriptions` and `dumpSubscription`.
 */
const firstMajors: ReadonlyMap<string, number> = new Map([
  ['two_phase', 15],
  ['disable_on_error', 15],
  ['password_required', 16],
  ['run_as_owner', 16],
  ['origin', 16],
  ['failover', 17],
]);

/** A subscription's definition without the parameters that the target's release does not know. */
export function dropNewerParameters(definition: string, targetMajor: number): string {
  const isKept = (name: string): boolean => targetMajor >= (firstMajors.get(name) ?? 0);
  const statements = splitStatements(definition).map((statement) => {
    const words = statement.tokens.map(({ start, end }) => definition.slice(start, end));
    const withWord = words.lastIndexOf('WITH');
    const unchanged = definition.slice(statement.start, statement.end);
    if (withWord === -1 || words[withWord + 1] !== '(') return unchanged;
    // `connect = false` is always there, so that something is left.
    return filterOptions(definition, statement, withWord + 1, isKept) ?? unchanged;
  });
  return statements.join('\n');
}
