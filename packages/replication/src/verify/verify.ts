import type { JobSpecification } from '@seren-replicator/job-models';
import type { CommandOutcome, EngineDeps } from '../engine.ts';
import { ProgressTracker } from '../progress/progress-tracker.ts';
import { listTablesInScope } from '../scope/list-tables-in-scope.ts';
import { planScope } from '../scope/plan-scope.ts';
import type { Servers } from '../session/server.ts';
import { withSnapshot } from '../snapshot/with-snapshot.ts';
import { compareDatabase, type DatabaseComparison } from './compare-database.ts';
import { failureOf, summarizeComparisons } from './summarize-comparisons.ts';

/** Compares every database in scope: schema, contents, sequences. Changes nothing. */
export async function verify(
  deps: EngineDeps,
  servers: Servers,
  { filter, options }: JobSpecification,
): Promise<CommandOutcome> {
  const startedAt = performance.now();
  const progress = new ProgressTracker(deps.onProgress);
  progress.startPhase('preflight');
  const scopes = await planScope(servers, filter);
  const comparisons: DatabaseComparison[] = [];
  for (const scope of scopes) {
    const { source } = scope.servers;
    progress.startDatabase(source.database, scopes.length);
    progress.startPhase('snapshot');
    comparisons.push(
      await withSnapshot(
        source,
        (session) => listTablesInScope(session, scope.rules),
        (snapshot) => compareDatabase({ deps, scope, options, progress, source: snapshot }),
      ),
    );
    progress.finishDatabase();
  }
  progress.finish();
  const verification = summarizeComparisons(comparisons, (performance.now() - startedAt) / 1000);
  return { result: { command: 'verify', verification }, failure: failureOf(verification) };
}
