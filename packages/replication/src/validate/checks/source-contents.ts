/** What the source holds that a copy treats in a way worth knowing. None of it stands in the way. */
import pg from 'pg';
import { labelOf, sqlNameOf } from '../../catalog/quote.ts';
import {
  nameSample,
  pass,
  script,
  warn,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';

type Judge = (input: CheckInput<'source'>) => Verdict;

export const sourceContentChecks: readonly CheckDefinition[] = [
  tell('unlogged tables', checkUnlogged),
  tell('foreign tables', checkForeign),
  tell('unpopulated views', checkUnpopulated),
  tell('invalid indexes', checkInvalidIndexes),
  tell('unvalidated constraints', checkUnvalidated),
  tell('subscriptions', checkSubscriptions),
  tell('extension data', describeExtensionData),
];

function tell(name: string, judge: Judge): CheckDefinition {
  return { name, code: 'query_failed', of: 'source', judge };
}

function checkUnlogged({ facts, options }: CheckInput<'source'>): Verdict {
  const { unloggedTables } = facts.source;
  if (unloggedTables.count === 0) return pass('the source has none');
  const named = nameSample(unloggedTables, labelOf);
  if (options.no_sync) return pass(`copied, and unlogged on the target too: ${named}`);
  return warn(
    `changes to unlogged tables are in no change stream: ${named} are copied once`,
    script(unloggedTables, (table) => [`ALTER TABLE ${sqlNameOf(table)} SET LOGGED;`]),
  );
}

function checkForeign({ facts }: CheckInput<'source'>): Verdict {
  const { foreignTables } = facts.source;
  if (foreignTables.count === 0) return pass('the source has none');
  const named = nameSample(foreignTables, (table) => `${labelOf(table)} of ${table.server}`);
  return pass(`created without copying rows, which stay on their servers: ${named}`);
}

function checkUnpopulated({ facts }: CheckInput<'source'>): Verdict {
  const { unpopulatedViews } = facts.source;
  if (unpopulatedViews.count === 0) return pass('every materialised view has been filled');
  return pass(
    `materialised views that have never been filled stay so: ${nameSample(unpopulatedViews, labelOf)}`,
  );
}

function checkInvalidIndexes({ facts }: CheckInput<'source'>): Verdict {
  const { invalidIndexes } = facts.source;
  if (invalidIndexes.count === 0) return pass('every index is valid');
  return warn(
    `invalid indexes are left out: ${nameSample(invalidIndexes, labelOf)}`,
    script(invalidIndexes, (index) => [
      `REINDEX INDEX CONCURRENTLY ${sqlNameOf(index)}; /* or DROP INDEX CONCURRENTLY */`,
    ]),
  );
}

function checkUnvalidated({ facts }: CheckInput<'source'>): Verdict {
  const { unvalidatedConstraints } = facts.source;
  if (unvalidatedConstraints.count === 0) return pass('every constraint is valid');
  const named = nameSample(unvalidatedConstraints, (it) => `${it.constraint} of ${labelOf(it)}`);
  return pass(`constraints that are NOT VALID stay so: ${named}`);
}

/** pg_dump asks for a superuser to see them, and writes them disabled (`dumpSubscription` in pg_dump.c). */
function checkSubscriptions({ facts }: CheckInput<'source'>): Verdict {
  const { subscriptions, server } = facts.source;
  if (subscriptions.count === 0) return pass('the source has none');
  const named = nameSample(subscriptions, ({ name }) => name);
  if (!server.isSuperuser) {
    return warn(`subscriptions are left out, as only a superuser may read them: ${named}`, null);
  }
  return warn(
    `subscriptions are created disabled, with the slots of the source's: ${named}`,
    `/* on the source, when the target takes over */\n${script(subscriptions, ({ name }) => {
      const quoted = pg.escapeIdentifier(name);
      return [
        `ALTER SUBSCRIPTION ${quoted} DISABLE; ALTER SUBSCRIPTION ${quoted} SET (slot_name = NONE); DROP SUBSCRIPTION ${quoted};`,
      ];
    })}`,
  );
}

function describeExtensionData({ facts }: CheckInput<'source'>): Verdict {
  const { configurationTables } = facts.source;
  if (configurationTables.count === 0) return pass('no extension keeps rows of users');
  return pass(
    `rows that users put into tables of extensions are copied: ${nameSample(configurationTables, labelOf)}`,
  );
}
