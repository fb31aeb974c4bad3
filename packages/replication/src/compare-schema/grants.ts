/**
 * Grants as a set. pg_dump writes them in the order in which they were given, and under SET SESSION AUTHORIZATION those
 * that somebody else than the owner gave; neither order nor the grouping of statements means anything.
 *
 * Release 17 brought the privilege MAINTAIN, which the owner of a table has from the start. Where an older server's
 * grants say all that an owner may, or list it, a newer server adds MAINTAIN.
 */
import { escapeIdentifier } from 'pg';
import { joinTokens } from './join-tokens.ts';

const FIRST_MAJOR_WITH_MAINTAIN = 17;
const TABLE_PRIVILEGES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];
const TABLE_WORDS: ReadonlySet<string> = new Set(['TABLE', 'TABLES']);

export interface GrantsContext {
  /** Of the two servers. */
  majors: readonly [number, number];
  /** The object's owner on each side. */
  owners: readonly string[];
  /** The sides may have different owners: what an owner may do with what is theirs is not compared. */
  noOwner: boolean;
}

/**
 * Every grant and revocation as a text of its own, the same for grants that mean the same.
 *
 * @param statements their tokens
 */
export function grantsOf(statements: readonly string[][], context: GrantsContext): string[] {
  let grantor = '';
  const grants: string[] = [];
  for (const words of statements) {
    if (words[0] === 'SET' && words[1] === 'SESSION') grantor = words[3] ?? '';
    else if (words[0] === 'RESET') grantor = '';
    else {
      const grant = normalize(words, context);
      if (grant !== null) grants.push(grantor === '' ? grant : `${grant} (by ${grantor})`);
    }
  }
  return grants;
}

/** Null for a grant that does not count. */
function normalize(words: string[], { majors, owners, noOwner }: GrantsContext): string | null {
  const verb = words.findIndex((word) => word === 'GRANT' || word === 'REVOKE');
  const on = words.indexOf('ON', verb);
  const to = words.findIndex((word, index) => index > on && (word === 'TO' || word === 'FROM'));
  if (verb === -1 || on === -1 || to === -1) return joinTokens(words);
  const isOwner = owners.some((owner) => escapeIdentifier(owner) === words[to + 1]);
  if (noOwner && isOwner) return null;
  let privileges = splitList(words.slice(verb + 1, on));
  const [older, newer] = [Math.min(...majors), Math.max(...majors)];
  if (older < FIRST_MAJOR_WITH_MAINTAIN && newer >= FIRST_MAJOR_WITH_MAINTAIN) {
    if (TABLE_WORDS.has(words[on + 1] ?? '')) {
      privileges = privileges.flatMap((one) => (one === 'ALL' ? TABLE_PRIVILEGES : one));
      if (isOwner) privileges = privileges.filter((one) => one !== 'MAINTAIN');
      if (privileges.length === 0) return null;
    }
  }
  const list = privileges.sort().flatMap((one, index) => (index === 0 ? one : [',', one]));
  return joinTokens([...words.slice(0, verb + 1), ...list, ...words.slice(on)]);
}

/** At commas that are not in parentheses: a privilege may name columns. */
function splitList(words: readonly string[]): string[] {
  const items: string[][] = [[]];
  let depth = 0;
  for (const word of words) {
    if (word === '(') depth += 1;
    if (word === ')') depth -= 1;
    if (word === ',' && depth === 0) items.push([]);
    else items.at(-1)?.push(word);
  }
  return items.map((item) => joinTokens(item));
}
