/**
 * ANALYZE of one table and nothing else, so that several may run at a time. Of a partitioned table that is the
 * statistics of the tree as a whole: its partitions are analysed on their own. Servers before release 18 cannot be
 * told that, and would analyse every partition again, one after the other. But they can be told to skip what they
 * cannot lock: so a session of ours holds the partitions meanwhile, against ANALYZE and not against being read.
 *
 * https://www.postgresql.org/docs/current/sql-analyze.html (ONLY, SKIP_LOCKED)
 */
import type { SkippedObject } from '@seren-replicator/job-models';
import type { AnalyzableTable } from '../catalog/list-analyzable-tables.ts';
import { labelOf, sqlNameOf, type ObjectName } from '../catalog/quote.ts';
import { attemptStatements } from '../restore/attempt-statements.ts';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';

const FIRST_VERSION_NUM_WITH_ONLY = 180_000;
/** What ANALYZE itself takes: it conflicts with itself, and with nothing that reads or writes rows. */
const ANALYZE_LOCK = 'SHARE UPDATE EXCLUSIVE MODE';

export interface AnalyzeTableInput {
  table: AnalyzableTable;
  /** The tables below it that ANALYZE would go on to. */
  partitions: readonly ObjectName[];
  session: Session;
  /** The session's server, for another one. */
  server: Server;
  serverVersionNum: number;
}

/** @returns what has no statistics: a copy is complete without them */
export async function analyzeTable(input: AnalyzeTableInput): Promise<SkippedObject[]> {
  const { table, partitions, session, server, serverVersionNum } = input;
  const name = sqlNameOf(table);
  const gather = (sql: string) => attempt(session, table, sql);
  if (serverVersionNum >= FIRST_VERSION_NUM_WITH_ONLY) return gather(`ANALYZE ONLY ${name}`);
  if (partitions.length === 0) return gather(`ANALYZE ${name}`);
  return server.withSession((holder) =>
    holder.transaction('BEGIN', async () => {
      const names = partitions.map((partition) => `ONLY ${sqlNameOf(partition)}`).join(', ');
      const refused = await attempt(holder, table, `LOCK TABLE ${names} IN ${ANALYZE_LOCK}`, true);
      if (refused.length > 0) return refused;
      // The lock is taken first, lest the table be skipped itself because of somebody else's.
      return gather(`LOCK TABLE ONLY ${name} IN ${ANALYZE_LOCK}; ANALYZE (SKIP_LOCKED) ${name}`);
    }),
  );
}

async function attempt(
  session: Session,
  table: AnalyzableTable,
  sql: string,
  isInTransaction = false,
): Promise<SkippedObject[]> {
  const object = `statistics of ${labelOf(table)}`;
  const refusals = await attemptStatements(session, 'gather statistics', [{ object, sql }], {
    isInTransaction,
  });
  return refusals.map(({ reason }) => ({ object, reason }));
}
