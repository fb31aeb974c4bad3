import type { SqlStatement } from './split-statements.ts';
import type { SqlToken } from './sql-tokens.ts';

/**
 * Leaves options out of the list `(name = value, …)` that ends a statement.
 *
 * @param sql the text that the statement is part of.
 * @param opening which of the statement's tokens is the list's opening parenthesis.
 * @returns the statement's text, as it was if all options are kept; null when none is.
 */
export function filterOptions(
  sql: string,
  { start, end, tokens }: SqlStatement,
  opening: number,
  isKept: (name: string) => boolean,
): string | null {
  const text = (token: SqlToken): string => sql.slice(token.start, token.end);
  const options: SqlToken[][] = [[]];
  for (const token of tokens.slice(opening + 1, -1)) {
    if (token.kind === 'symbol' && text(token) === ',') options.push([]);
    else options.at(-1)?.push(token);
  }
  const kept = options.filter(([name]) => name !== undefined && isKept(text(name)));
  if (kept.length === options.length) return sql.slice(start, end);
  if (kept.length === 0) return null;
  const list = kept.map((option) => sql.slice(option[0]?.start, option.at(-1)?.end)).join(', ');
  return sql.slice(start, tokens[opening]?.end) + list + sql.slice(tokens.at(-1)?.start, end);
}
