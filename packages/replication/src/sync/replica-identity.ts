import { labelOf, qualifiedName, type ObjectName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import type { MadeFull } from './sync-record.ts';

/** The lock that it takes stops everybody else, also while it is waited for. */
const LOCK_TIMEOUT = '5s';

/** Tells updated and deleted rows of tables without a key apart by all of their columns. */
export async function makeFull(session: Session, tables: readonly ObjectName[]): Promise<void> {
  for (const table of tables) await alter(session, table, 'FULL');
}

/** Takes that back where it still is so; tables that are gone meanwhile are passed over. */
export async function undoFull(session: Session, tables: readonly MadeFull[]): Promise<void> {
  for (const table of tables) {
    const [found] = await session.query<{ relreplident: string }>(
      'read a replica identity',
      'SELECT relreplident FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)',
      [qualifiedName(table.schema, table.name)],
    );
    if (found?.relreplident === 'f') await alter(session, table, table.wasNothing ? 'NOTHING' : 'DEFAULT');
  }
}

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
