/** Whether text is still sorted by the rules that indexes were built by. */
import pg from 'pg';
import { labelOf, sqlNameOf } from '../../catalog/quote.ts';
import { nameSample, pass, script, warn, type CheckDefinition, type Verdict } from '../check.ts';
import type { SourceFacts, TargetFacts } from '../gather-facts.ts';
import { willBeCreated } from '../will-be-created.ts';

export const collationVersionChecks: readonly CheckDefinition[] = [
  {
    name: 'source collation versions',
    code: 'query_failed',
    of: 'source',
    judge: ({ facts, sourceDatabase }) => checkVersions(facts.source, sourceDatabase),
  },
  {
    name: 'target collation versions',
    code: 'query_failed',
    of: 'target',
    judge: (input) =>
      willBeCreated(input)
        ? pass('the target database will be new')
        : checkVersions(input.facts.target, input.targetDatabase),
  },
];

type Versions = Pick<SourceFacts | TargetFacts, 'databaseCollation' | 'changedCollations'>;

/**
 * After an upgrade of the operating system an index can hold its rows in an order that the new rules do not have.
 *
 * https://www.postgresql.org/docs/current/sql-altercollation.html#SQL-ALTERCOLLATION-NOTES
 */
function checkVersions({ databaseCollation, changedCollations }: Versions, database: string): Verdict {
  const { recorded, actual } = databaseCollation;
  const hasChanged = recorded !== null && actual !== null && recorded !== actual;
  if (!hasChanged && changedCollations.count === 0) {
    return pass(actual === null ? 'no collation in use has changed' : `${actual}, unchanged`);
  }
  const name = pg.escapeIdentifier(database);
  const reindex = `REINDEX DATABASE ${name};`;
  if (hasChanged) {
    return warn(
      `${database} was sorted by version ${recorded} of its collation and the server has ${actual}: indexes on text may be out of order`,
      `${reindex}\nALTER DATABASE ${name} REFRESH COLLATION VERSION;`,
    );
  }
  return warn(
    `collations have changed since they were used: ${nameSample(changedCollations, labelOf)}: indexes on text may be out of order`,
    `${reindex}\n${script(changedCollations, (collation) => [`ALTER COLLATION ${sqlNameOf(collation)} REFRESH VERSION;`])}`,
  );
}
