/** What an archive's entry is called: to find it again in another archive, and for people. */
import type { ArchiveEntry } from '../schema/archive.ts';

/** Their tag says whose property they are: `TABLE "orders"`, `COLUMN "orders"."id"`. */
const propertyKinds: ReadonlyMap<string, string> = new Map([
  ['ACL', 'grants on'],
  ['COMMENT', 'comment on'],
  ['SECURITY LABEL', 'security label on'],
]);

/** Words that people know better than pg_dump's. */
const kindNames: ReadonlyMap<string, string> = new Map([
  ['FK CONSTRAINT', 'foreign key'],
  ['MATERIALIZED VIEW DATA', 'materialized view'],
  ['TABLE ATTACH', 'partition'],
  ['INDEX ATTACH', 'index of partition'],
  ['SEQUENCE OWNED BY', 'owner of sequence'],
]);

/** Several objects of a kind may share their tag: operators by their arguments, operator classes by access method. */
const ambiguousKinds: ReadonlySet<string> = new Set(['OPERATOR', 'OPERATOR CLASS', 'OPERATOR FAMILY']);

/** Entries of two archives that are about the same thing have the same identity. */
export function identityOf(entry: ArchiveEntry): string {
  const { kind, namespace, tag, owner, dropStatement } = entry;
  const more = ambiguousKinds.has(kind) ? dropStatement : kind === 'DEFAULT ACL' ? owner : '';
  return JSON.stringify([kind, namespace, tag, more]);
}

/** Kind and name, as in `table public.orders` and `grants on table public.orders`. */
export function labelOf({ kind, namespace, tag, owner }: ArchiveEntry): string {
  const property = propertyKinds.get(kind);
  if (property !== undefined) {
    const [, type = '', name = tag] = /^([A-Z][A-Z ]*) (.*)$/s.exec(tag) ?? [];
    return `${property} ${`${type.toLowerCase()} ${qualify(namespace, unquote(name))}`.trimStart()}`;
  }
  if (kind === 'DEFAULT ACL')
    return `${tag.toLowerCase()} of ${owner}${namespace === null ? '' : ` in ${namespace}`}`;
  // Casts, transforms and user mappings have no name: their tag says all.
  const name = tag.startsWith(`${kind} `) ? tag.slice(kind.length + 1) : qualify(namespace, tag);
  return `${kindNames.get(kind) ?? kind.toLowerCase()} ${name}`;
}

function qualify(namespace: string | null, name: string): string {
  return namespace === null ? name : `${namespace}.${name}`;
}

/** Names that need no quotes lose them. */
function unquote(name: string): string {
  return name.replaceAll(/"([a-z_][a-z0-9_]*)"/g, '$1');
}
