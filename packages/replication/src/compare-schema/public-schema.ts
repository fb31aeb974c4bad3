/**
 * The schema "public" is there from the start, and what it is at first changed with release 15: before, it belonged to
 * the superuser that initdb made and everybody could create objects in it; since then it belongs to whoever owns the
 * database and nobody else can. pg_dump writes both as the difference from what it is since 15.
 *
 * https://www.postgresql.org/docs/15/release-15.html#RELEASE-15-MIGRATION
 */
import { escapeIdentifier } from 'pg';
import type { ArchiveEntry } from '../schema/archive.ts';
import { splitStatements } from '../schema/split-statements.ts';

const FIRST_MAJOR_WITH_CLOSED_PUBLIC = 15;
/** As pg_dump writes it with --quote-all-identifiers. */
const OLD_GRANTS = 'REVOKE USAGE ON SCHEMA "public" FROM PUBLIC;\nGRANT ALL ON SCHEMA "public" TO PUBLIC;\n';

export interface PublicSchemaContext {
  /** Of the server that the entry is from, and of the other one. */
  major: number;
  otherMajor: number;
  /** Who owns what initdb has made. */
  bootstrapSuperuser: string;
}

/** Whether an entry says no more than that nobody has changed the schema "public" of an old server. */
export function isOldPublicDefault(
  entry: ArchiveEntry,
  { major, otherMajor, bootstrapSuperuser }: PublicSchemaContext,
): boolean {
  if (major >= FIRST_MAJOR_WITH_CLOSED_PUBLIC || otherMajor < FIRST_MAJOR_WITH_CLOSED_PUBLIC) return false;
  const { kind, tag, owner, definition } = entry;
  if (kind === 'SCHEMA') return tag === 'public' && owner === bootstrapSuperuser;
  return kind === 'ACL' && tag === 'SCHEMA "public"' && definition === OLD_GRANTS;
}

/**
 * The target's entries without what its own role was granted on the schema "public" to be able to copy into a database
 * of somebody else, unless the source grants the same.
 *
 * @param role of the target's session, unquoted
 */
export function withoutOwnGrants(
  target: readonly ArchiveEntry[],
  source: readonly ArchiveEntry[],
  role: string,
): ArchiveEntry[] {
  const isGrantsOnPublic = ({ kind, tag }: ArchiveEntry) => kind === 'ACL' && tag === 'SCHEMA "public"';
  const granted = new Set(source.filter(isGrantsOnPublic).flatMap(statementsOf));
  const grantee = escapeIdentifier(role);
  return target.flatMap((entry) => {
    if (!isGrantsOnPublic(entry)) return entry;
    const kept = statementsOf(entry).filter((sql) => granted.has(sql) || !isGrantTo(sql, grantee));
    return kept.length === 0 ? [] : { ...entry, definition: `${kept.join('\n')}\n` };
  });
}

function statementsOf({ definition }: ArchiveEntry): string[] {
  return splitStatements(definition).map(({ start, end }) => definition.slice(start, end));
}

function isGrantTo(sql: string, grantee: string): boolean {
  const words = splitStatements(sql).flatMap(({ tokens }) =>
    tokens.map(({ start, end }) => sql.slice(start, end)),
  );
  return words[0] === 'GRANT' && words[words.lastIndexOf('TO') + 1] === grantee;
}
