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
    name: 'sync table owners',
    code: 'permission_denied',
    of: 'source',
    isForSync: true,
    judge: checkOwners,
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

/** One line: what would be in its way, and for a run that asks for it, that there is none yet. */
function summarize(input: CheckInput): Verdict {
  if (!input.options.no_sync) {
    return warn(
      'it is not available yet; what is in its way is told all the same',
      'add --no-sync for a copy that nothing follows',
    );
  }
  const failed = requirements.filter((check) => check.judge(input)?.status === 'fail');
  if (failed.length === 0) return pass('not asked for; nothing known would be in its way');
  const names = failed.map(({ name }) => name.replace(/^sync /, ''));
  return pass(`not asked for; these would be in its way: ${names.join(', ')}`);
}

/** Publishing such a table would make UPDATE and DELETE fail on the source. */
function checkReplicaIdentity({ facts }: CheckInput<'source'>): Verdict {
  const { withoutIdentity } = facts.source;
  if (withoutIdentity.count === 0) return pass('every table can tell its rows apart');
  return fail(
    `tables without a primary key could no longer be updated at the source once they are published: ${nameSample(withoutIdentity, labelOf)}`,
    script(withoutIdentity, (table) => [
      table.index === null
        ? `ALTER TABLE ${sqlNameOf(table)} REPLICA IDENTITY FULL; /* a primary key is better */`
        : `ALTER TABLE ${sqlNameOf(table)} REPLICA IDENTITY USING INDEX ${pg.escapeIdentifier(table.index)};`,
    ]),
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
