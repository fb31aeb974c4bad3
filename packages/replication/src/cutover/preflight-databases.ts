import { ReplicatorError } from '@seren-replicator/job-models';
import { readDatabaseStatus } from '../status/database-status.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import {
  DEFAULT_MAX_LAG_SECONDS,
  judgeSource,
  judgeStatus,
  judgeTarget,
  judgeWayBack,
  readSourceFacts,
  type Problem,
} from './check-readiness.ts';
import { isToBeLocked, type CutoverContext, type CutoverDatabase } from './cutover-context.ts';

/**
 * Looks for everything that is in the way, in all databases, before anything is changed in one.
 *
 * @throws ReplicatorError with the code of the first thing, naming them all
 */
export async function preflightDatabases(context: CutoverContext): Promise<string> {
  const sentences: string[] = [];
  let first: Problem | undefined;
  for (const database of context.databases) {
    const problems = await findProblems(context, database);
    first ??= problems[0];
    if (problems.length === 0) continue;
    const listed = problems.map(({ message, fix }) => `${message} (${fix})`).join('; ');
    sentences.push(
      `The database ${database.scope.servers.source.database} cannot be cut over now: ${listed}.`,
    );
  }
  if (first !== undefined) throw new ReplicatorError(first.code, sentences.join(' '));
  return context.databases.map(describe).join('; ');
}

async function findProblems(context: CutoverContext, database: CutoverDatabase): Promise<Problem[]> {
  const { deps, options } = context;
  const { servers } = database.scope;
  const { source, target } = servers;
  const { max_lag_seconds: maxLagSeconds = DEFAULT_MAX_LAG_SECONDS } = options;
  database.status = await readDatabaseStatus(deps, { servers, record: database.record, maxLagSeconds });
  const facts = await source.withSession(readSourceFacts);
  const onTarget = await target.withSession(async (session) => [
    ...(await judgeTarget(session, target.database, database.record)),
    ...(options.reverse ? await judgeWayBack(session, database.record) : []),
  ]);
  const problems = [
    ...judgeStatus(database.record, database.status, maxLagSeconds),
    ...judgeSource(facts, isToBeLocked(context, database)),
    ...onTarget,
  ];
  if (options.reverse && database.record.cutover?.isReverseBegun !== true) {
    const record = await source.withSession(findSyncRecord);
    if (record !== null) {
      problems.push({
        code: 'checks_failed',
        message: 'the source itself follows another database, so that it cannot follow the target',
        fix: 'end that with sync --stop, or leave --reverse out',
      });
    }
  }
  return problems;
}

function describe({ scope, record, status }: CutoverDatabase): string {
  const lag = status?.lag_seconds ?? null;
  const behind = lag === null ? 'nobody applies its changes now' : `${lag.toFixed(1)} s behind`;
  const leftOut = record.leftOut.map(({ object, reason }) => `${object}: ${reason}`);
  const stays =
    leftOut.length === 0 ? '' : `; what changed since the copy stays behind in ${leftOut.join(', ')}`;
  return `${scope.servers.target.database} follows by ${record.method}, ${behind}${stays}`;
}
