/**
 * The one snapshot that a copy reads. Its session first locks every table that will be read (ACCESS SHARE, against
 * DROP, TRUNCATE and rewrites), and only then takes the snapshot: TRUNCATE is not MVCC-safe, a table truncated
 * between snapshot and lock would read as empty. LOCK TABLE takes no snapshot, the first SELECT does.
 *
 * https://www.postgresql.org/docs/current/mvcc-caveats.html
 * https://www.postgresql.org/docs/current/sql-lock.html
 */
import { oidsOf, rowsName, type Table } from '../catalog/list-tables.ts';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';

const BEGIN_SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
const TABLES_PER_LOCK = 500;
/** Tables created while the locks were taken make another round; a database that never rests is not waited for. */
const MAX_ROUNDS = 5;

export interface Snapshot {
  /** For SET TRANSACTION SNAPSHOT and pg_dump --snapshot. */
  id: string;
  /** The session that holds it: open, in its transaction, free for queries under the snapshot. */
  session: Session;
  /** The tables to be read, all of them locked. */
  tables: Table[];
}

/**
 * Holds one snapshot and its locks for the time of `work`.
 *
 * @param listTables the tables that will be read; asked before the snapshot and again under it
 */
export async function withSnapshot<Result>(
  server: Server,
  listTables: (session: Session) => Promise<Table[]>,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  return server.withSession(async (session) => {
    const snapshot = await takeSnapshot(session, listTables);
    const result = await work(snapshot);
    await session.execute('end the snapshot', 'COMMIT');
    return result;
  });
}

/**
 * The same for a snapshot that was exported elsewhere, with a replication slot: it is there before the tables can be
 * locked. That is safe, because what happens to rows in between is in the slot's changes; but of a table that was
 * rewritten the snapshot sees nothing, and no change says so.
 *
 * @returns null when a table was rewritten before it was locked: then it takes another snapshot
 */
export async function withExportedSnapshot<Result>(
  server: Server,
  { id: exportedId, listTables }: { id: string; listTables: (session: Session) => Promise<Table[]> },
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result | null> {
  return server.withSession(async (session) => {
    await joinSnapshot(session, exportedId);
    const tables = await listTables(session);
    await lockTables(session, tables);
    if (await hasRewrittenTable(session, tables)) return null;
    const result = await work({ id: await exportSnapshot(session), session, tables });
    await session.execute('end the snapshot', 'COMMIT');
    return result;
  });
}

/** pg_class is read under the snapshot; pg_relation_filenode() tells of now. */
async function hasRewrittenTable(session: Session, tables: readonly Table[]): Promise<boolean> {
  const rewritten = await session.query(
    'look for tables that were rewritten',
    `SELECT FROM pg_catalog.pg_class
     WHERE oid = ANY ($1::oid[]) AND relfilenode <> 0
       AND relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(oid) LIMIT 1`,
    [tables.flatMap(oidsOf)],
  );
  return rewritten.length > 0;
}

/** Joins the transaction of an open session to a snapshot. The caller ends the transaction. */
export async function joinSnapshot(session: Session, snapshotId: string): Promise<void> {
  await session.execute(
    'join the snapshot',
    `${BEGIN_SNAPSHOT}; SET TRANSACTION SNAPSHOT ${session.client.escapeLiteral(snapshotId)}`,
  );
}

async function takeSnapshot(
  session: Session,
  listTables: (session: Session) => Promise<Table[]>,
): Promise<Snapshot> {
  let wanted = await listTables(session);
  for (let round = 1; ; round += 1) {
    await session.execute('begin the snapshot', BEGIN_SNAPSHOT);
    await lockTables(session, wanted);
    const id = await exportSnapshot(session);
    const tables = await listTables(session);
    const locked = new Set(wanted.map(({ oid }) => oid));
    if (tables.every(({ oid }) => locked.has(oid))) return { id, session, tables };
    if (round === MAX_ROUNDS) {
      // Tables of the snapshot that were created a moment ago: locked late, which is as good as any tool can do.
      await lockTables(session, tables);
      return { id, session, tables };
    }
    await session.execute('begin the snapshot anew', 'ROLLBACK');
    wanted = tables;
  }
}

async function exportSnapshot(session: Session): Promise<string> {
  const { id } = await session.queryOne<{ id: string }>(
    'export a snapshot',
    'SELECT pg_catalog.pg_export_snapshot() AS id',
  );
  return id;
}

async function lockTables(session: Session, tables: readonly Table[]): Promise<void> {
  for (let start = 0; start < tables.length; start += TABLES_PER_LOCK) {
    const names = tables.slice(start, start + TABLES_PER_LOCK).map(rowsName);
    await session.execute('lock tables', `LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
  }
}
