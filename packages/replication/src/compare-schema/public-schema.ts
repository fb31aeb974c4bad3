/**
 * The schema "public" is there from the start, and what it is at first changed with release 15: before, it belonged to
 * the superuser that initdb made and everybody could create objects in it; since then it belongs to whoever owns the
 * database and nobody else can. pg_dump writes both as the difference from what it is since 15.
 *
 * https://www.postgresql.org/docs/15/release-15.html#RELEASE-15-MIGRATION
 */
import type { ArchiveEntry } from '../schema/archive.ts';

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
