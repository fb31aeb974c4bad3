import pg from 'pg';
import { fail, nameSome, pass, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const targetRowSecurity: CheckDefinition = {
  name: 'target row security',
  code: 'row_security',
  of: 'both',
  judge: checkTargetRowSecurity,
};

/** Rows are copied before row security is switched on; they are read again to be verified. */
function checkTargetRowSecurity({ facts, options }: CheckInput): Verdict {
  const tables = facts.source.forcedTables;
  if (tables.length === 0) return pass('no table forces it on its owner');
  if (facts.target.server.bypassesRowSecurity) return pass('the target role bypasses it');
  if (!options.verify) return pass('nothing will be read back');
  return fail(
    `the target role could not verify ${nameSome(tables)}, whose row security is forced on their owners`,
    `/* as a superuser of the target */ ALTER ROLE ${pg.escapeIdentifier(facts.target.roles.self)} BYPASSRLS;\n/* or do not verify: --no-verify */`,
  );
}
