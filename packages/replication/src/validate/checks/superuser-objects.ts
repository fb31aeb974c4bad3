import { fail, nameSome, pass, warn, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const superuserObjects: CheckDefinition = {
  name: 'superuser objects',
  code: 'permission_denied',
  of: 'both',
  judge: checkSuperuserObjects,
};

/** What nothing else stands on is left out when the target refuses it; without the rest the copy would break off. */
function checkSuperuserObjects({ facts }: CheckInput): Verdict {
  const { isSuperuser, isHosted, self } = facts.target.roles;
  const objects = facts.source.superuserObjects;
  if (objects.length === 0) return pass('the source has none');
  if (isSuperuser) return pass(`${objects.length} to be created by a superuser`);
  const names = nameSome(objects.map(({ label }) => label));
  if (isHosted) {
    return warn(`the service that hosts the target decides whether ${self} may create ${names}`, null);
  }
  const needed = objects.filter(({ isLeaf }) => !isLeaf);
  if (needed.length > 0) {
    return fail(
      `only a superuser of the target could create ${nameSome(needed.map(({ label }) => label))}`,
      '/* use a superuser in the target URL, or drop them on the source */',
    );
  }
  return warn(
    `only a superuser of the target could create ${names}; left out`,
    '/* create them as a superuser when the copy is done */',
  );
}
