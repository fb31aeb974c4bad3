import type { Session } from '../session/session.ts';
import type { Server } from '../session/server.ts';
import { syncTable, type CutoverNote, type SyncRecord } from '../sync/sync-record.ts';

const NOTHING: CutoverNote = { lock: null, isReverseBegun: false, isPastReturn: false };

/** The note as it will be. */
export function withChanges({ cutover }: SyncRecord, changes: Partial<CutoverNote>): CutoverNote {
  return { ...NOTHING, ...cutover, ...changes };
}

/**
 * Writes down how far a cutover has come, before it goes there: so that a run that dies is found and gone on with, or
 * taken back. On disk when this resolves.
 *
 * @returns the record with the note in it
 */
export async function noteCutover(
  target: Server,
  record: SyncRecord,
  changes: Partial<CutoverNote>,
): Promise<SyncRecord> {
  const note = withChanges(record, changes);
  await target.withSession((session) => writeNote(session, record, note));
  return { ...record, cutover: note };
}

async function writeNote(session: Session, record: SyncRecord, note: CutoverNote): Promise<void> {
  await session.query(
    'note how far the cutover is',
    `UPDATE ${syncTable(record, 'run')} SET cutover = $1::jsonb`,
    [JSON.stringify(note)],
  );
}
