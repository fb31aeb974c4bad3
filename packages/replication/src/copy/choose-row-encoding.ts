/**
 * The encoding that rows travel in. Between databases of one encoding nothing is converted: in SQL_ASCII, which says
 * nothing about the bytes of a text, there is nothing to convert from. Otherwise each server converts between its own
 * encoding and UTF-8.
 *
 * https://www.postgresql.org/docs/current/multibyte.html
 */
export function chooseRowEncoding(sourceEncoding: string, targetEncoding: string): string {
  return sourceEncoding === targetEncoding ? sourceEncoding : 'UTF8';
}
