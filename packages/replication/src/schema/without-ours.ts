import pg from 'pg';
import { OUR_COMMENTS } from '../catalog/our-schemas.ts';
import { isSyncName } from '../sync/sync-names.ts';
import type { ArchiveEntry } from './archive.ts';

const publicationKinds: ReadonlySet<string> = new Set(['PUBLICATION', 'PUBLICATION TABLE', 'SUBSCRIPTION']);
const ourLiterals = OUR_COMMENTS.map((comment) => pg.escapeLiteral(comment));

/**
 * A schema without what this tool keeps in it: checkpoints, records of continuous sync, and its publications and
 * subscriptions. A database may be copied from while it is itself followed, or follows another.
 */
export function withoutOurs(entries: readonly ArchiveEntry[]): ArchiveEntry[] {
  const schemas = ourSchemas(entries);
  const names = new Set(schemas.map(({ tag }) => tag));
  const ids = new Set(schemas.map(({ dumpId }) => dumpId));
  const isInOurs = ({ namespace }: ArchiveEntry): boolean => namespace !== null && names.has(namespace);
  const isOfOurs = ({ dumpId, dependencies }: ArchiveEntry): boolean =>
    ids.has(dumpId) || dependencies.some((id) => ids.has(id));
  return entries.filter((entry) => !isOfOurs(entry) && !isInOurs(entry) && !isPublicationOfOurs(entry));
}

function ourSchemas(entries: readonly ArchiveEntry[]): ArchiveEntry[] {
  const comments = entries.filter(
    ({ kind, definition }) =>
      kind === 'COMMENT' && ourLiterals.some((literal) => definition.includes(literal)),
  );
  const described = new Set(comments.flatMap(({ dependencies }) => dependencies));
  return entries.filter(({ kind, dumpId }) => kind === 'SCHEMA' && described.has(dumpId));
}

/** The tag of a table in a publication is the publication's name, a space, and the table's. */
function isPublicationOfOurs({ kind, tag }: ArchiveEntry): boolean {
  return publicationKinds.has(kind) && isSyncName(tag.split(' ', 1)[0] ?? '');
}
