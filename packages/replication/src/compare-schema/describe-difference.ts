/**
 * Says in a sentence how two objects of one name differ. Definitions may hold secrets (the password of a user mapping or
 * a subscription, a key in the body of a function), and what is said here is stored and logged: only of kinds that have
 * no place for any are texts shown, and only the parts that differ.
 */
import type { ArchiveEntry } from '../schema/archive.ts';
import { labelOf } from './entry-name.ts';
import type { EntryProperties } from './entry-properties.ts';
import { TOKEN_SEPARATOR } from './join-tokens.ts';

export interface ObjectDifference {
  object: string;
  difference: string;
}

const MAX_EXCERPT_CHARACTERS = 80;
/** Of an excerpt, so many characters before the place where the texts part. */
const CONTEXT_CHARACTERS = 20;
const MAX_PROPERTIES = 4;

const shownKinds: ReadonlySet<string> = new Set([
  'ACL',
  'CAST',
  'CHECK CONSTRAINT',
  'COLLATION',
  'COMMENT',
  'CONSTRAINT',
  'DEFAULT',
  'DEFAULT ACL',
  'DOMAIN',
  'EVENT TRIGGER',
  'EXTENSION',
  'FK CONSTRAINT',
  'INDEX',
  'INDEX ATTACH',
  'MATERIALIZED VIEW',
  'POLICY',
  'PUBLICATION',
  'PUBLICATION TABLE',
  'PUBLICATION TABLES IN SCHEMA',
  'RULE',
  'SEQUENCE',
  'SEQUENCE OWNED BY',
  'STATISTICS',
  'TABLE',
  'TABLE ATTACH',
  'TRIGGER',
  'TYPE',
  'VIEW',
]);
/** Entries that say in which state something is that is there. */
const statesAsEntries: ReadonlyMap<string, string> = new Map([
  ['MATERIALIZED VIEW DATA', 'filled'],
  ['TABLE ATTACH', 'attached'],
  ['INDEX ATTACH', 'attached'],
]);
/** Not part of a definition: shown for every kind. */
const shownProperties: ReadonlySet<string> = new Set(['owner', 'tablespace', 'access method']);

/** @param how what is to be said of an ordinary object */
export function describeMissing(entry: ArchiveEntry, how: string): ObjectDifference {
  const object = labelOf(entry);
  const isOnSource = how !== 'only on the target';
  const word = statesAsEntries.get(entry.kind);
  if (word === undefined) return { object, difference: how };
  const difference = isOnSource
    ? `${word} on the source, not on the target`
    : `${word} on the target, not on the source`;
  return { object, difference };
}

/** @param differing names of the properties that differ, or that one side does not have */
export function describeDifference(
  entry: ArchiveEntry,
  differing: readonly string[],
  source: EntryProperties,
  target: EntryProperties,
): ObjectDifference {
  const described = differing.slice(0, MAX_PROPERTIES).map((name) => {
    const isShown = shownKinds.has(entry.kind) || shownProperties.has(name);
    return isShown
      ? describeProperty(name, source.get(name), target.get(name))
      : `its ${kindOf(name)} differs`;
  });
  const more = differing.length - MAX_PROPERTIES;
  if (more > 0) described.push(`and ${more} more`);
  return { object: labelOf(entry), difference: [...new Set(described)].join('; ') };
}

function describeProperty(name: string, source: string | undefined, target: string | undefined): string {
  const shownName = cut(toSql(name), 0);
  if (target === undefined) return `${shownName}: missing on the target`;
  if (source === undefined) return `${shownName}: only on the target`;
  const [onSource, onTarget] = [toSql(source), toSql(target)];
  const start = Math.max(0, firstDifference(onSource, onTarget) - CONTEXT_CHARACTERS);
  const prefix = name === 'definition' ? '' : `${shownName}: `;
  return `${prefix}${cut(onSource, start)} on the source, ${cut(onTarget, start)} on the target`;
}

/** Words of ours, without names: what a statement or a column is called may be part of a secret's text. */
function kindOf(name: string): string {
  return /^(?:column|constraint) /.exec(name)?.[0].trim() ?? 'definition';
}

function firstDifference(a: string, b: string): number {
  let position = 0;
  while (position < a.length && a[position] === b[position]) position += 1;
  return position;
}

function cut(text: string, start: number): string {
  const fits = text.length <= MAX_EXCERPT_CHARACTERS;
  if (fits) return text;
  const excerpt = text.slice(start, start + MAX_EXCERPT_CHARACTERS).trim();
  const isEnd = start + MAX_EXCERPT_CHARACTERS >= text.length;
  return `${start > 0 ? '… ' : ''}${excerpt}${isEnd ? '' : ' …'}`;
}

/** Tokens as people write them. */
function toSql(tokens: string): string {
  return tokens
    .split(TOKEN_SEPARATOR)
    .join(' ')
    .replaceAll(/ ?\. ?/g, '.')
    .replaceAll(': :', '::')
    .replaceAll(/ ?:: ?/g, '::')
    .replaceAll('( ', '(')
    .replaceAll(/ ([),])/g, '$1');
}
