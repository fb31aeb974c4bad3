/**
 * Tells where SQL's tokens begin and end, so that no text inside of a string, a quoted name, a dollar-quoted body or
 * a comment is ever mistaken for SQL. The rules are those of PostgreSQL's src/backend/parser/scan.l with
 * `standard_conforming_strings` on.
 */

/** A token's place in the text: from `start` up to, but without, `end`. Blanks and comments are no tokens. */
export interface SqlToken {
  readonly kind: 'word' | 'quotedName' | 'string' | 'symbol';
  readonly start: number;
  readonly end: number;
}

const blankAt = /\s+/y;
const stringPrefixAt = /(?:[bBxXnNeE]|[uU]&)?'/y;
const namePrefixAt = /(?:[uU]&)?"/y;
const dollarDelimiterAt = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const wordAt = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*/y;

export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let start = 0;
  while (start < sql.length) {
    const end = endOfBlankOrComment(sql, start);
    if (end > start) {
      start = end;
      continue;
    }
    const token = tokenAt(sql, start);
    tokens.push(token);
    start = token.end;
  }
  return tokens;
}

function tokenAt(sql: string, start: number): SqlToken {
  const prefix = matchAt(stringPrefixAt, sql, start);
  if (prefix !== '') {
    const hasEscapes = prefix.toLowerCase() === `e'`;
    return { kind: 'string', start, end: endOfQuoted(sql, start + prefix.length, `'`, hasEscapes) };
  }
  const namePrefix = matchAt(namePrefixAt, sql, start);
  if (namePrefix !== '') {
    return { kind: 'quotedName', start, end: endOfQuoted(sql, start + namePrefix.length, '"', false) };
  }
  const word = matchAt(wordAt, sql, start);
  if (word !== '') return { kind: 'word', start, end: start + word.length };
  const delimiter = matchAt(dollarDelimiterAt, sql, start);
  if (delimiter !== '') {
    const close = sql.indexOf(delimiter, start + delimiter.length);
    return { kind: 'string', start, end: close === -1 ? sql.length : close + delimiter.length };
  }
  return { kind: 'symbol', start, end: start + 1 };
}

function matchAt(pattern: RegExp, sql: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(sql)?.[0] ?? '';
}

/** A doubled quote stands for one. */
function endOfQuoted(sql: string, from: number, quote: string, hasEscapes: boolean): number {
  let position = from;
  while (position < sql.length) {
    const character = sql[position];
    if (character === '\\' && hasEscapes) position += 2;
    else if (character !== quote) position += 1;
    else if (sql[position + 1] === quote) position += 2;
    else return position + 1;
  }
  return sql.length;
}

/** `start` itself when there is none. */
function endOfBlankOrComment(sql: string, start: number): number {
  if (sql.startsWith('--', start)) {
    const lineEnd = sql.indexOf('\n', start);
    return lineEnd === -1 ? sql.length : lineEnd + 1;
  }
  if (sql.startsWith('/*', start)) return endOfBlockComment(sql, start);
  return start + matchAt(blankAt, sql, start).length;
}

/** They nest. */
function endOfBlockComment(sql: string, start: number): number {
  let position = start + 2;
  for (let depth = 1; depth > 0 && position < sql.length;) {
    if (sql.startsWith('/*', position)) depth += 1;
    else if (sql.startsWith('*/', position)) depth -= 1;
    else {
      position += 1;
      continue;
    }
    position += 2;
  }
  return position;
}
