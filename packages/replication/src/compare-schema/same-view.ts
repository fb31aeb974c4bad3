/**
 * Until release 15 a server writes every column of a view with its table in front; from 16 on it leaves that out where
 * the view reads from nothing but one table, since the view's rows no longer hold hidden entries for OLD and NEW.
 *
 * PostgreSQL's src/backend/utils/adt/ruleutils.c, `get_query_def` (`varprefix`).
 */
import { TOKEN_SEPARATOR } from './join-tokens.ts';

/** The first release that leaves the names of single tables out. */
export const FIRST_MAJOR_WITHOUT_PREFIX = 16;

/**
 * Whether two view definitions are the same but for such names. What is left out must be the same name everywhere: a
 * view of several tables has it nowhere left out.
 *
 * @param older as a server before 16 writes it; tokens, joined by TOKEN_SEPARATOR
 */
export function isSameView(older: string, newer: string): boolean {
  const full = older.split(TOKEN_SEPARATOR);
  const short = newer.split(TOKEN_SEPARATOR);
  let prefix: string | undefined;
  let position = 0;
  for (const [index, token] of short.entries()) {
    const [name, dot, column] = full.slice(position, position + 3);
    const isLeftOut = dot === '.' && column === token && short[index + 1] !== '.' && short[index - 1] !== '.';
    if (isLeftOut && (prefix ?? name) === name) {
      prefix = name;
      position += 3;
    } else if (name === token) {
      position += 1;
    } else {
      return false;
    }
  }
  return position === full.length;
}
