import { labelOf, qualifiedName, type ObjectName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import type { MadeFull } from './sync-record.ts';

/** The lock that it takes stops everybody else, also while it is waited for. */
const LOCK_TIMEOUT = '5s';

/** Tells updated and deleted rows of tables without a key apart by all of their columns. */
export async function makeFull(session: Session, tables: readonly ObjectName[]): Promise<void> {
  for (const table of tables) await alter(session, table, 'FULL');
}

/**
 * Takes that back where it still is so, and no publication needs it: rows of a published table without an identity
 * cannot be updated. Tables that are gone meanwhile are passed over.
 *
 * @returns labels of the tables that other publications have, which stay FULL
 */
export async function undoFull(session: Session, tables: readonly MadeFull[]): Promise<string[]> {
  const kept: string[] = [];
  for (const table of tables) {
    const [found] = await session.query<{ is_published: boolean }>('read a replica identity', STILL_FULL, [
      table.schema,
      table.name,
    ]);
    if (found === undefined) continue;
    if (found.is_published) kept.push(labelOf(table));
    else await alter(session, table, table.wasNothing ? 'NOTHING' : 'DEFAULT');
  }
  return kept;
}

/** A publication may have a partition by what it is a partition of. */
const STILL_FULL = `
  SELECT EXISTS (
    SELECT FROM pg_catalog.pg_publication AS p
    JOIN pg_catalog.pg_publication_tables AS m ON m.pubname = p.pubname
    JOIN pg_catalog.pg_namespace AS pn ON pn.nspname = m.schemaname
    JOIN pg_catalog.pg_class AS pc ON pc.relnamespace = pn.oid AND pc.relname = m.tablename
    WHERE (p.pubupdate OR p.pubdelete)
      AND (pc.oid = c.oid OR pc.oid IN (SELECT relid FROM pg_catalog.pg_partition_ancestors(c.oid)))) AS is_published
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relreplident = 'f'`;

async function alter(
  session: Session,
  table: ObjectName,
  identity: 'FULL' | 'DEFAULT' | 'NOTHING',
): Promise<void> {
  await session.transaction(`BEGIN; SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`, () =>
    session.execute(
      `set the replica identity of ${labelOf(table)}`,
      `ALTER TABLE ONLY ${qualifiedName(table.schema, table.name)} REPLICA IDENTITY ${identity}`,
    ),
  );
}
