import pg from 'pg';
import {
  fail,
  nameSome,
  pass,
  sampleOf,
  script,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';

export const tablespaces: CheckDefinition = {
  name: 'tablespaces',
  code: 'object_missing',
  of: 'both',
  judge: checkTablespaces,
};

function checkTablespaces({ facts: { target } }: CheckInput): Verdict {
  const names = target.missingTablespaces.map(({ name }) => name);
  if (names.length === 0) return pass('every tablespace in use is on the target');
  return fail(
    `the target lacks the tablespaces ${nameSome(names)}`,
    `/* on the target, each in an empty directory of its own */\n${script(sampleOf(names), (name) => [
      `CREATE TABLESPACE ${pg.escapeIdentifier(name)} LOCATION '/…/${name.replaceAll("'", "''")}';`,
    ])}`,
  );
}
