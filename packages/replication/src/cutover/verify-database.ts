import type { TableComparison } from '@seren-replicator/job-models';
import { listTablesInScope } from '../scope/list-tables-in-scope.ts';
import type { Session } from '../session/session.ts';
import type { Table } from '../catalog/list-tables.ts';
import { withSnapshot } from '../snapshot/with-snapshot.ts';
import { compareDatabase, type DatabaseComparison } from '../verify/compare-database.ts';
import { compareCounts } from './compare-counts.ts';
import type { CutoverContext, CutoverDatabase } from './cutover-context.ts';

/** Compares both sides of a database as they are now. */
export async function verifyDatabase(
  { deps, options, progress }: Pick<CutoverContext, 'deps' | 'options' | 'progress'>,
  database: CutoverDatabase,
): Promise<DatabaseComparison> {
  const { scope } = database;
  const compare = options.cutover_verification === 'full' ? compareDatabase : compareCounts;
  const comparison = await withSnapshot(
    scope.servers.source,
    (session) => listFollowedTables(session, database),
    (source) => compare({ deps, scope, options, progress, source }),
  );
  return { ...comparison, sequences: comparison.sequences.map((one) => allowAhead(one, database)) };
}

/** In scope, also those that are new since the copy, but without those that are known to be left out. */
export async function listFollowedTables(
  session: Session,
  { scope, record }: Pick<CutoverDatabase, 'scope' | 'record'>,
): Promise<Table[]> {
  const leftOut = new Set(record.leftOut.map(({ object }) => object));
  const tables = await listTablesInScope(session, scope.rules);
  return tables.filter(({ label }) => !leftOut.has(`table ${label}`));
}

/** A sequence of the target that is further than the source's gives no value twice. */
function allowAhead(comparison: TableComparison, { sequencesAhead }: CutoverDatabase): TableComparison {
  if (comparison.equal || !sequencesAhead.has(comparison.table)) return comparison;
  return { ...comparison, equal: true, difference: null };
}
