import pg from 'pg';
import { fail, nameSome, pass, warn, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const targetDatabase: CheckDefinition = {
  name: 'target database',
  code: 'permission_denied',
  judge: checkTargetDatabase,
};
export const targetEmpty: CheckDefinition = {
  name: 'target empty',
  code: 'target_not_empty',
  judge: checkTargetEmpty,
};

function checkTargetDatabase({ facts, targetDatabase, options }: CheckInput): Verdict {
  const { target } = facts;
  const name = pg.escapeIdentifier(targetDatabase);
  if (!target.hasDatabase) {
    return target.server.canCreateDatabase
      ? pass(`the database ${targetDatabase} will be created`)
      : fail(
          `the database ${targetDatabase} is missing and the target role may not create it`,
          `CREATE DATABASE ${name}`,
        );
  }
  if (options.drop_existing && !(target.mayDropDatabase && target.server.canCreateDatabase)) {
    return fail(
      `the target role may not drop and create the database ${targetDatabase}`,
      `as a superuser, with the role's name: ALTER DATABASE ${name} OWNER TO CURRENT_ROLE; ALTER ROLE CURRENT_ROLE CREATEDB`,
    );
  }
  if (target.roles.publicSchema?.mayCreate === false && !options.drop_existing && usesPublic(facts)) {
    return fail(
      `the target role may not create objects in the schema public of ${targetDatabase}`,
      `as the owner, with the role's name: GRANT CREATE ON SCHEMA public TO CURRENT_ROLE`,
    );
  }
  if (target.mayCreateInDatabase) return pass(`the target role may create objects in ${targetDatabase}`);
  return fail(
    `the target role may not create objects in ${targetDatabase}`,
    `as the owner, with the role's name: GRANT CREATE ON DATABASE ${name} TO CURRENT_ROLE`,
  );
}

function checkTargetEmpty({ facts: { target }, targetDatabase, options }: CheckInput): Verdict {
  if (target.userObjects.length === 0) return pass('the target database holds nothing');
  const objects = nameSome(target.userObjects);
  if (options.drop_existing)
    return warn(`${targetDatabase} will be dropped with all it holds: ${objects}`, null);
  return fail(
    `the target database ${targetDatabase} already holds ${objects}`,
    'name an empty or a new database in the target URL, or add --drop-existing to drop what is there',
  );
}

function usesPublic({ source }: CheckInput['facts']): boolean {
  return source.roleNeeds.owners.some(({ schema }) => schema === 'public');
}
