import type { CutoverDatabase } from './cutover-context.ts';

/** Since when nobody may write to one of the sources, of performance.now(); null while an earlier run has locked none. */
export async function readPausedAt(databases: readonly CutoverDatabase[]): Promise<number | null> {
  const moments: number[] = [];
  for (const { scope, record } of databases) {
    const lock = record.cutover?.lock ?? null;
    if (lock === null) continue;
    const { seconds } = await scope.servers.source.withSession((session) =>
      session.queryOne<{ seconds: number }>(
        'tell how long it has been read-only',
        `SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - $1::timestamptz)::float8 AS seconds`,
        [lock.since],
      ),
    );
    moments.push(performance.now() - seconds * 1000);
  }
  return moments.length === 0 ? null : Math.min(...moments);
}
