import {
  fail,
  firstFew,
  nameSome,
  pass,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';

export const sourcePrivileges: CheckDefinition = {
  name: 'source privileges',
  code: 'permission_denied',
  judge: checkSourcePrivileges,
};
export const rowSecurity: CheckDefinition = {
  name: 'row security',
  code: 'row_security',
  judge: checkRowSecurity,
};

function checkSourcePrivileges({ facts }: CheckInput): Verdict {
  const problems = facts.source.accessProblems.filter(({ lacks }) => lacks !== 'all rows');
  if (problems.length === 0) return pass('every table and sequence can be read');
  const grants = firstFew(problems).map(({ kind, lacks, quotedName, quotedSchema }) => {
    if (lacks === 'usage') return `GRANT USAGE ON SCHEMA ${quotedSchema} TO CURRENT_ROLE`;
    return `GRANT SELECT ON ${kind.toUpperCase()} ${quotedName} TO CURRENT_ROLE`;
  });
  return fail(
    `the source role may not read ${nameSome(problems.map(({ label }) => label))}`,
    `as the owner, with the role's name: ${[...new Set(grants)].join('; ')}`,
  );
}

function checkRowSecurity({ facts }: CheckInput): Verdict {
  const hidden = facts.source.accessProblems.filter(({ lacks }) => lacks === 'all rows');
  if (hidden.length === 0) return pass('no row is hidden from the source role');
  return fail(
    `row security hides rows of ${nameSome(hidden.map(({ label }) => label))} from the source role`,
    'connect as a superuser, as the owner, or ALTER ROLE … BYPASSRLS',
  );
}
