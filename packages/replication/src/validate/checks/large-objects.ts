import pg from 'pg';
import { fail, pass, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const largeObjects: CheckDefinition = {
  name: 'large objects',
  code: 'permission_denied',
  judge: checkLargeObjects,
};

function checkLargeObjects({ facts, targetDatabase }: CheckInput): Verdict {
  const { objects, unreadable, firstUnreadable } = facts.source.largeObjects;
  if (objects === 0) return pass('the source has none');
  if (unreadable > 0) {
    const oids = firstUnreadable.join(', ');
    const more =
      unreadable > firstUnreadable.length ? ` and ${unreadable - firstUnreadable.length} more` : '';
    return fail(
      `the source role may not read the large objects ${oids}${more}`,
      `as their owner, with the role's name: GRANT SELECT ON LARGE OBJECT ${oids} TO CURRENT_ROLE`,
    );
  }
  const { hasDatabase, mayCreateTemporaryTables } = facts.target;
  if (hasDatabase && !mayCreateTemporaryTables) {
    return fail(
      `large objects travel by way of temporary tables, which the target role may not create in ${targetDatabase}`,
      `as the owner, with the role's name: GRANT TEMPORARY ON DATABASE ${pg.escapeIdentifier(targetDatabase)} TO CURRENT_ROLE`,
    );
  }
  return pass(`all ${objects} can be read`);
}
