/**
 * Names as filters write them: `table`, `schema.table`, `database.schema.table`, `*` for any run of characters. A part
 * in double quotes is taken as it is, dots and stars included; `""` in it is one quote. Case is kept.
 */
import { ReplicatorError } from '@seren-replicator/job-models';

export interface NamePattern {
  /** As the user wrote it. */
  text: string;
  /** One to three matchers: table, or schema or database and table, or all three. */
  parts: readonly NameMatcher[];
}

export type NameMatcher = (name: string) => boolean;

const MAX_PARTS = 3;
/** A quoted part, or a run without dots and quotes. */
const PART = /"((?:[^"]|"")+)"|([^".]+)/y;

/** @throws ReplicatorError `invalid_request` when the text is no pattern */
export function parseTablePattern(text: string): NamePattern {
  const parts: NameMatcher[] = [];
  let position = 0;
  for (;;) {
    PART.lastIndex = position;
    const match = PART.exec(text);
    if (match === null) throw invalidPattern(text);
    const [whole, quoted, plain] = match;
    parts.push(quoted === undefined ? matcherOf(plain ?? '') : equals(quoted.replaceAll('""', '"')));
    position += whole.length;
    if (position === text.length) break;
    if (text[position] !== '.') throw invalidPattern(text);
    position += 1;
  }
  if (parts.length > MAX_PARTS) throw invalidPattern(text);
  return { text, parts };
}

/** A database's name, `*` for any run of characters; one in double quotes is taken as it is. */
export function parseDatabasePattern(text: string): { text: string; matches: NameMatcher } {
  const quoted = /^"((?:[^"]|"")+)"$/.exec(text)?.[1];
  return { text, matches: quoted === undefined ? matcherOf(text) : equals(quoted.replaceAll('""', '"')) };
}

function matcherOf(text: string): NameMatcher {
  if (!text.includes('*')) return equals(text);
  const pattern = new RegExp(`^${text.split('*').map(escapeForRegExp).join('.*')}$`, 's');
  return (name) => pattern.test(name);
}

function equals(text: string): NameMatcher {
  return (name) => name === text;
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`);
}

function invalidPattern(text: string): ReplicatorError {
  return new ReplicatorError(
    'invalid_request',
    `The filter ${text} is not a table's name; write table, schema.table or database.schema.table, with "…" around a part that holds a dot.`,
  );
}
