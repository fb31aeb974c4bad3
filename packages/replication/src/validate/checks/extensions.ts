import { fail, nameSome, pass, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const extensions: CheckDefinition = {
  name: 'extensions',
  code: 'object_missing',
  judge: checkExtensions,
};

function checkExtensions({ facts }: CheckInput): Verdict {
  const { extensions } = facts.target.missing;
  if (extensions.length === 0) return pass('every extension of the source is available on the target');
  return fail(
    `the target server lacks the extensions ${nameSome(extensions)}`,
    'install their packages on the target server, or drop them on the source',
  );
}
