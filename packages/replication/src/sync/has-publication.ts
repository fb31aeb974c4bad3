import type { Session } from '../session/session.ts';

export async function hasPublication(source: Session, name: string): Promise<boolean> {
  const rows = await source.query(
    'look for its publication',
    'SELECT FROM pg_catalog.pg_publication WHERE pubname = $1',
    [name],
  );
  return rows.length > 0;
}
