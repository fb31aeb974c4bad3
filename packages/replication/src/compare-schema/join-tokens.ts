/** Stands between tokens that are kept as one text: no text of PostgreSQL holds a NUL, a name may hold blanks. */
export const TOKEN_SEPARATOR = '\0';

/**
 * Tokens as one text. Names that need no quotes lose them: servers leave them off the names of more and more built-in
 * types (`json` since 17), although they are asked to quote every name.
 */
export function joinTokens(tokens: readonly string[]): string {
  return tokens.map(unquote).join(TOKEN_SEPARATOR);
}

function unquote(token: string): string {
  return /^"[a-z_][a-z0-9_]*"$/.test(token) ? token.slice(1, -1) : token;
}
