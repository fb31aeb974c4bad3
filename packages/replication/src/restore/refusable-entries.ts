/**
 * Entries that a target may refuse without harm to the others. An ordinary role of the target cannot have everything
 * that a superuser of the source had; what nothing else stands on is then left out and told.
 */
import type { ArchiveEntry } from '../schema/archive.ts';

const INSUFFICIENT_PRIVILEGE = '42501';
const UNDEFINED_OBJECT = '42704';
const INVALID_PARAMETER_VALUE = '22023';

const leafKinds: ReadonlySet<string> = new Set([
  'ACL',
  'DEFAULT ACL',
  'COMMENT',
  'SECURITY LABEL',
  'EVENT TRIGGER',
  'PUBLICATION',
  'PUBLICATION TABLE',
  'PUBLICATION TABLES IN SCHEMA',
  'SUBSCRIPTION',
  'SUBSCRIPTION TABLE',
]);

export function mayBeRefused(entry: ArchiveEntry, sqlState: string): boolean {
  switch (sqlState) {
    case INSUFFICIENT_PRIVILEGE:
      return leafKinds.has(entry.kind) || isPublicSchema(entry);
    case UNDEFINED_OBJECT:
      // The source's bootstrap superuser, whom a PostgreSQL before 15 makes the owner of "public".
      return isPublicSchema(entry);
    case INVALID_PARAMETER_VALUE:
      // The target has not loaded the label's provider.
      return entry.kind === 'SECURITY LABEL';
    default:
      return false;
  }
}

/** It is in every new database: of its entry only the owner is left to be set. */
function isPublicSchema({ kind, tag }: ArchiveEntry): boolean {
  return kind === 'SCHEMA' && tag === 'public';
}
