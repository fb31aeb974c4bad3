import { fail, pass, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const largeObjects: CheckDefinition = {
  name: 'large objects',
  code: 'not_supported',
  judge: checkLargeObjects,
};

function checkLargeObjects({ facts }: CheckInput): Verdict {
  const count = facts.source.requirements.largeObjects;
  if (count === 0) return pass('the source has none');
  return fail(
    `the source has ${count} large objects, which are not copied yet`,
    'move them into bytea columns, or unlink them: SELECT lo_unlink(oid) FROM pg_largeobject_metadata',
  );
}
