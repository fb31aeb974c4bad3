import { sqlTokens, type SqlToken } from './sql-tokens.ts';

/** One statement: its place in the text, semicolon included, and its tokens without it. */
export interface SqlStatement {
  readonly start: number;
  readonly end: number;
  readonly tokens: readonly SqlToken[];
}

/**
 * The statements of a definition. Not for functions: an SQL-standard body (`BEGIN ATOMIC … END`) has semicolons that
 * end no statement.
 */
export function splitStatements(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  let tokens: SqlToken[] = [];
  for (const token of sqlTokens(sql)) {
    const isEnd = token.kind === 'symbol' && sql[token.start] === ';';
    if (!isEnd) tokens.push(token);
    const first = tokens[0];
    if (isEnd && first !== undefined) {
      statements.push({ start: first.start, end: token.end, tokens });
      tokens = [];
    }
  }
  const first = tokens[0];
  if (first !== undefined) statements.push({ start: first.start, end: sql.length, tokens });
  return statements;
}
