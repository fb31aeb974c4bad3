/** What tables need beyond a copy, to be kept the same afterwards, and what is not kept the same. */
import pg from 'pg';
import { labelOf, sqlNameOf } from '../../catalog/quote.ts';
import {
  fail,
  nameSample,
  pass,
  script,
  warn,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';
import { syncServerChecks } from './sync-server.ts';

/** Told one by one only where continuous sync is asked for, else by `summarize`. */
const requirements: readonly CheckDefinition[] = [
  ...syncServerChecks,
  {
    name: 'sync replica identity',
    code: 'not_supported',
    of: 'source',
    isForSync: true,
    judge: checkReplicaIdentity,
  },
  {
    name: 'sync generated columns',
    code: 'not_supported',
    of: 'source',
    isForSync: true,
    judge: checkGeneratedColumns,
  },
  {
    name: 'sync table owners',
    code: 'permission_denied',
    of: 'source',
    isForSync: true,
    judge: checkOwners,
  },
  {
    name: 'sync publication',
    code: 'permission_denied',
    of: 'source',
    isForSync: true,
    judge: checkPublication,
  },
  {
    name: 'sync row filters',
    code: 'not_supported',
    of: 'source',
    isForSync: true,
    judge: checkRowFilters,
  },
];

export const syncChecks: readonly CheckDefinition[] = [
  ...requirements,
  {
    name: 'sync coverage',
    code: 'not_supported',
    of: 'source',
    isAboutServer: true,
    isForSync: true,
    judge: () =>
      warn(
        'the change stream has rows alone: neither new tables and columns, nor large objects, nor sequences, which the cutover sets',
        'make no schema changes on the source until the cutover',
      ),
  },
  { name: 'continuous sync', code: 'not_supported', of: 'both', judge: summarize },
];

/** One line for a run without it: what would be in its way. */
function summarize(input: CheckInput): Verdict | null {
  if (!input.options.no_sync) return null;
  const failed = requirements.filter((check) => check.judge(input)?.status === 'fail');
  if (failed.length === 0) return pass('not asked for; nothing known would be in its way');
  const names = failed.map(({ name }) => name.replace(/^sync /, ''));
  return pass(`not asked for; these would be in its way: ${names.join(', ')}`);
}

/** Publishing such a table would make UPDATE and DELETE fail on the source. */
function checkReplicaIdentity({ facts, options }: CheckInput<'source'>): Verdict {
  const { withoutIdentity } = facts.source;
  if (withoutIdentity.count === 0) return pass('every table can tell its rows apart');
  const names = nameSample(withoutIdentity, labelOf);
  if (options.no_key_tables === 'skip') {
    return warn(`tables without a primary key are copied and not followed: ${names}`, null);
  }
  if (options.no_key_tables === 'full') {
    return warn(
      `tables without a primary key log their whole rows until the sync ends, and their updates are slow to apply: ${names}`,
      null,
    );
  }
  return fail(
    `tables without a primary key could no longer be updated at the source once they are published: ${names}`,
    `${script(withoutIdentity, (table) => [
      table.index === null
        ? `ALTER TABLE ${sqlNameOf(table)} REPLICA IDENTITY FULL; /* a primary key is better */`
        : `ALTER TABLE ${sqlNameOf(table)} REPLICA IDENTITY USING INDEX ${pg.escapeIdentifier(table.index)};`,
    ])}\n/* or take --no-key-tables full, or skip */`,
  );
}

/** Published, they are refused by the source or cannot be applied by the target. */
function checkGeneratedColumns({ facts, options }: CheckInput<'source'>): Verdict {
  const { withGeneratedIdentity } = facts.source;
  if (withGeneratedIdentity.count === 0) return pass('no table needs one to tell its rows apart');
  const names = nameSample(withGeneratedIdentity, labelOf);
  const why = 'generated columns are not published, and without them there is no replica identity';
  if (options.no_key_tables === 'skip') {
    return warn(`${why}, so that these tables are copied and not followed: ${names}`, null);
  }
  return fail(
    `${why}, so that updates of these tables would fail: ${names}`,
    `${script(withGeneratedIdentity, (table) => [
      table.index === null
        ? `/* make a primary key of other columns for ${sqlNameOf(table)} */`
        : `ALTER TABLE ${sqlNameOf(table)} REPLICA IDENTITY USING INDEX ${pg.escapeIdentifier(table.index)};`,
    ])}\n/* or take --no-key-tables skip, or exclude them */`,
  );
}

function checkPublication({ facts, sourceDatabase }: CheckInput<'source'>): Verdict {
  const { server, publishing } = facts.source;
  if (publishing.may_create) return pass(`${server.role} may create a publication`);
  return fail(
    `the source role ${server.role} may not create a publication in ${sourceDatabase}`,
    `GRANT CREATE ON DATABASE ${pg.escapeIdentifier(sourceDatabase)} TO ${pg.escapeIdentifier(server.role)};`,
  );
}

const ROW_FILTER_VERSION_NUM = 150_000;

function checkRowFilters({ facts, filter }: CheckInput<'source'>): Verdict {
  if (filter.table_filters.length === 0) return pass('no rows are left out');
  if (facts.source.server.versionNum >= ROW_FILTER_VERSION_NUM) {
    return pass('publications of the source can have row filters');
  }
  return fail(
    'publications have row filters from PostgreSQL 15 on, so that changes of filtered tables cannot be told apart',
    'add --no-sync, or leave the row filters out',
  );
}

function checkOwners({ facts }: CheckInput<'source'>): Verdict {
  const { notOwned, server } = facts.source;
  if (notOwned.count === 0) return pass('the source role may publish every table');
  return fail(
    `only their owner may publish tables, which ${server.role} is not of ${nameSample(notOwned, labelOf)}`,
    script(notOwned, (table) => [
      `GRANT ${pg.escapeIdentifier(table.owner)} TO ${pg.escapeIdentifier(server.role)};`,
    ]),
  );
}
