import pg from 'pg';
import { fail, pass, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const largeObjects: CheckDefinition = {
  name: 'large objects',
  code: 'permission_denied',
  of: 'both',
  judge: checkLargeObjects,
};

function checkLargeObjects({ facts, targetDatabase }: CheckInput): Verdict {
  const { objects, unreadable, firstUnreadable } = facts.source.largeObjects;
  if (objects === 0) return pass('the source has none');
  if (unreadable > 0) {
    const oids = firstUnreadable.join(', ');
    const more =
      unreadable > firstUnreadable.length ? ` and ${unreadable - firstUnreadable.length} more` : '';
    const { role } = facts.source.server;
    return fail(
      `the source role may not read the large objects ${oids}${more}`,
      `/* as their owner */ GRANT SELECT ON LARGE OBJECT ${oids} TO ${pg.escapeIdentifier(role)};`,
    );
  }
  const { hasDatabase, mayCreateTemporaryTables, server } = facts.target;
  if (hasDatabase && !mayCreateTemporaryTables) {
    return fail(
      `large objects travel by way of temporary tables, which the target role may not create in ${targetDatabase}`,
      `/* as its owner */ GRANT TEMPORARY ON DATABASE ${pg.escapeIdentifier(targetDatabase)} TO ${pg.escapeIdentifier(server.role)};`,
    );
  }
  return pass(`all ${objects} can be read`);
}
