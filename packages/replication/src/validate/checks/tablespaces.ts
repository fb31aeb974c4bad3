import pg from 'pg';
import { fail, nameSome, pass, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const tablespaces: CheckDefinition = {
  name: 'tablespaces',
  code: 'object_missing',
  judge: checkTablespaces,
};

function checkTablespaces({ facts }: CheckInput): Verdict {
  const { tablespaces } = facts.target.missing;
  if (tablespaces.length === 0) return pass('every tablespace in use is on the target');
  return fail(
    `the target lacks the tablespaces ${nameSome(tablespaces)}`,
    tablespaces.map((name) => `CREATE TABLESPACE ${pg.escapeIdentifier(name)} LOCATION '…'`).join('; '),
  );
}
