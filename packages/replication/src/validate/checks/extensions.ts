import pg from 'pg';
import {
  fail,
  firstFew,
  nameSome,
  pass,
  warn,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';

export const extensions: CheckDefinition = {
  name: 'extensions',
  code: 'object_missing',
  judge: checkExtensions,
};

function checkExtensions({ facts, targetDatabase, options }: CheckInput): Verdict {
  const { extensions, untrustedExtensions } = facts.target.missing;
  if (extensions.length > 0) {
    return fail(
      `the target server lacks the extensions ${nameSome(extensions)}`,
      'install their packages on the target server, or drop them on the source',
    );
  }
  const { isSuperuser, isHosted, self } = facts.target.roles;
  const isKept = facts.target.hasDatabase && !options.drop_existing;
  const refused = untrustedExtensions.filter(
    (name) => !isKept || !facts.target.installedExtensions.includes(name),
  );
  if (isSuperuser || refused.length === 0) {
    return pass('every extension of the source is available on the target');
  }
  if (isHosted) {
    return warn(
      `the service that hosts the target decides whether ${self} may create the extensions ${nameSome(refused)}`,
      null,
    );
  }
  const create = firstFew(refused).map((name) => `CREATE EXTENSION ${pg.escapeIdentifier(name)}`);
  const database = isKept
    ? ''
    : `CREATE DATABASE ${pg.escapeIdentifier(targetDatabase)} OWNER ${pg.escapeIdentifier(self)}; in it: `;
  return fail(
    `only a superuser of the target could create the extensions ${nameSome(refused)}`,
    `as a superuser: ${database}${create.join('; ')}; or drop them on the source`,
  );
}
