import type { Session } from '../session/session.ts';

/** Oids of the tables that a publication of ours has. */
export async function listPublished(source: Session, publication: string): Promise<Set<number>> {
  const rows = await source.query<{ oid: string }>(
    'list published tables',
    `SELECT r.prrelid::int8::text AS oid
     FROM pg_catalog.pg_publication_rel AS r JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid
     WHERE p.pubname = $1`,
    [publication],
  );
  return new Set(rows.map(({ oid }) => Number(oid)));
}
