import type { Session } from '../session/session.ts';
import { publicationLost } from '../sync/slot-lost.ts';
import type { SyncRecord } from '../sync/sync-record.ts';

/**
 * Makes sure that what is followed is published: from PostgreSQL 18 on, the source only warns in its own log when there
 * is no publication, and of a table outside of it nothing is ever sent. A table that the source does not have any more
 * has no changes.
 *
 * @param source a session of the source
 * @throws ReplicatorError `slot_lost`
 */
export async function checkPublication(
  source: Session,
  { name, tables }: Pick<SyncRecord, 'name' | 'tables'>,
): Promise<void> {
  const [publication] = await source.query<{ is_whole: boolean; lacking: string | null }>(
    'look for its publication',
    `SELECT p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate AS is_whole,
            (SELECT n.nspname || '.' || c.relname
             FROM unnest($2::text[], $3::text[]) AS followed (schema, name)
             JOIN pg_catalog.pg_namespace AS n ON n.nspname = followed.schema
             JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = followed.name
             WHERE NOT p.puballtables
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel AS m WHERE m.prpubid = p.oid AND m.prrelid = c.oid)
             LIMIT 1) AS lacking
     FROM pg_catalog.pg_publication AS p WHERE p.pubname = $1`,
    [name, tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  );
  if (publication === undefined) throw publicationLost(name, 'is not there');
  if (!publication.is_whole) throw publicationLost(name, 'leaves out kinds of changes');
  if (publication.lacking !== null) throw publicationLost(name, `lacks the table ${publication.lacking}`);
}
