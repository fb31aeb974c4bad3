/** What others are doing at the source that a copy would wait for. */
import pg from 'pg';
import type { BlockingLock, LongTransaction } from '../../catalog/activity-questions.ts';
import { labelOf } from '../../catalog/quote.ts';
import {
  countOf,
  nameSample,
  pass,
  script,
  warn,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';

export const sourceActivityChecks: readonly CheckDefinition[] = [
  { name: 'long transactions', code: 'query_failed', of: 'source', judge: checkLongTransactions },
  { name: 'prepared transactions', code: 'query_failed', of: 'source', judge: checkPreparedTransactions },
  { name: 'blocking locks', code: 'query_failed', of: 'source', judge: checkBlockingLocks },
];

function checkLongTransactions({ facts: { source }, options }: CheckInput<'source'>): Verdict {
  const { longTransactions, activityView } = source;
  if (longTransactions.count === 0) {
    if (activityView.is_whole) return pass('no transaction has been open for more than 5 minutes');
    return pass("none of this role's own has been open for more than 5 minutes; others it may not see");
  }
  const consequence = options.no_sync
    ? 'with the copy they keep vacuum from removing dead rows'
    : 'continuous sync begins when the last of them has ended';
  return warn(
    `${countOf(longTransactions.count, 'transaction')} open for more than 5 minutes: ${nameSample(longTransactions, describeTransaction)}; ${consequence}`,
    script(longTransactions, ({ pid }) => [`SELECT pg_catalog.pg_terminate_backend(${pid});`]),
  );
}

function describeTransaction({ pid, user, application, seconds }: LongTransaction): string {
  const who = [user, application].filter((part) => part !== null);
  return `process ${pid} (${[...who, `${Math.floor(seconds / 60)} min`].join(', ')})`;
}

function checkPreparedTransactions({ facts: { source } }: CheckInput<'source'>): Verdict {
  const { preparedTransactions } = source;
  if (preparedTransactions.count === 0) return pass('none are waiting to be committed');
  const named = nameSample(preparedTransactions, ({ gid, owner }) => `${gid} of ${owner}`);
  return warn(
    `what prepared transactions wrote is not copied, and their locks stay: ${named}`,
    script(preparedTransactions, ({ gid }) => [
      `COMMIT PREPARED ${pg.escapeLiteral(gid)}; /* or ROLLBACK PREPARED */`,
    ]),
  );
}

function checkBlockingLocks({ facts: { source } }: CheckInput<'source'>): Verdict {
  const { blockingLocks } = source;
  if (blockingLocks.count === 0) return pass('nobody locks a table against reading');
  return warn(
    `the copy would wait behind exclusive locks: ${nameSample(blockingLocks, describeLock)}`,
    script(blockingLocks, ({ pid }) =>
      pid === null
        ? ['SELECT gid FROM pg_catalog.pg_prepared_xacts; /* then COMMIT PREPARED or ROLLBACK PREPARED it */']
        : [`SELECT pg_catalog.pg_terminate_backend(${pid});`],
    ),
  );
}

function describeLock(lock: BlockingLock): string {
  const { pid, user, application, is_held } = lock;
  if (pid === null) return `${labelOf(lock)} by a prepared transaction`;
  const who = [user, application].filter((part) => part !== null).join(', ');
  return `${labelOf(lock)} ${is_held ? 'held' : 'waited for'} by process ${pid}${who === '' ? '' : ` (${who})`}`;
}
