/** The database that is to be filled: whether that may be done, and what is in the way. */
import pg from 'pg';
import {
  fail,
  nameSample,
  nameSome,
  pass,
  script,
  warn,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';
import { decideResume, describeObstacle } from '../../checkpoint/decide-resume.ts';
import { willBeCreated } from '../will-be-created.ts';

export const targetDatabaseChecks: readonly CheckDefinition[] = [
  { name: 'target database', code: 'permission_denied', of: 'target', judge: checkPrivileges },
  { name: 'target schema public', code: 'permission_denied', of: 'both', judge: checkPublicSchema },
  { name: 'unfinished copy', code: 'resume_differs', of: 'both', judge: checkUnfinished },
  { name: 'target empty', code: 'target_not_empty', of: 'target', judge: checkEmpty },
  { name: 'target in use', code: 'target_in_use', of: 'target', judge: checkUse },
  { name: 'target event triggers', code: 'not_supported', of: 'target', judge: checkEventTriggers },
];

function checkPrivileges(input: CheckInput<'target'>): Verdict {
  const { facts, targetDatabase } = input;
  const { target } = facts;
  const name = pg.escapeIdentifier(targetDatabase);
  const role = pg.escapeIdentifier(target.server.role);
  if (!target.hasDatabase) {
    if (target.server.canCreateDatabase) return pass(`the database ${targetDatabase} will be created`);
    return fail(
      `the database ${targetDatabase} is missing, and the target role ${target.server.role} may not create it`,
      `/* as a superuser */ ALTER ROLE ${role} CREATEDB;\n/* or */ CREATE DATABASE ${name} TEMPLATE template0 OWNER ${role};`,
    );
  }
  if (willBeCreated(input)) {
    if (target.mayDropDatabase && target.server.canCreateDatabase) {
      return pass(`the database ${targetDatabase} will be dropped and created`);
    }
    return fail(
      `the target role ${target.server.role} may not drop and create the database ${targetDatabase}`,
      `/* as a superuser */ ALTER DATABASE ${name} OWNER TO ${role};\nALTER ROLE ${role} CREATEDB;`,
    );
  }
  if (target.mayCreateInDatabase) return pass(`the target role may create objects in ${targetDatabase}`);
  return fail(
    `the target role ${target.server.role} may not create objects in ${targetDatabase}`,
    `/* as its owner */ GRANT CREATE ON DATABASE ${name} TO ${role};`,
  );
}

/** Since 15 it is the database's owner alone who creates objects in a new database's schema "public". */
function checkPublicSchema(input: CheckInput): Verdict {
  const { source, target } = input.facts;
  const isUsed = source.roleNeeds.owners.some(({ schema }) => schema === 'public');
  if (willBeCreated(input) || !isUsed || target.roles.publicSchema?.mayCreate !== false) {
    return pass('the target role may create what the source has in the schema public');
  }
  return fail(
    `the target role ${target.server.role} may not create objects in the schema public`,
    `/* as its owner, in that database */ GRANT CREATE ON SCHEMA public TO ${pg.escapeIdentifier(target.server.role)};`,
  );
}

function checkUnfinished({ facts, sourceDatabase, filter, options }: CheckInput): Verdict {
  const { checkpoint } = facts.target;
  if (checkpoint === null) return pass('none is left on the target');
  const specification = { filter, options };
  const obstacle = describeObstacle(facts, sourceDatabase, specification);
  if (obstacle !== null) return fail(obstacle, 'add --drop-existing, or run the earlier command again');
  const begun = `the copy that was begun at ${checkpoint.startedAt.toISOString()}`;
  const isResumed = decideResume(facts, sourceDatabase, specification) === 'resume';
  return pass(isResumed ? `${begun} is gone on with` : `${begun} is not gone on with`);
}

function checkEmpty(input: CheckInput<'target'>): Verdict {
  const { facts, targetDatabase } = input;
  const { userObjects } = facts.target;
  if (userObjects.length === 0) return pass('the target database holds nothing');
  const objects = nameSome(userObjects);
  if (willBeCreated(input)) {
    return warn(`${targetDatabase} will be dropped with all it holds: ${objects}`, null);
  }
  return fail(
    `the target database ${targetDatabase} already holds ${objects}`,
    'name an empty or a new database in the target URL, or add --drop-existing to drop what is there',
  );
}

/** A database is not dropped from under its users. */
function checkUse(input: CheckInput<'target'>): Verdict {
  const { otherSessions } = input.facts.target;
  if (!willBeCreated(input) || otherSessions.count === 0) return pass('nobody is in the way');
  const named = nameSample(
    otherSessions,
    ({ pid, user, application }) => `process ${pid} (${[user, application].filter(Boolean).join(', ')})`,
  );
  return fail(
    `${input.targetDatabase} is to be dropped, and others are connected to it: ${named}`,
    script(otherSessions, ({ pid }) => [`SELECT pg_catalog.pg_terminate_backend(${pid});`]),
  );
}

/** Those of users make a database one that is not empty; those of extensions are left. */
function checkEventTriggers(input: CheckInput<'target'>): Verdict {
  const { eventTriggers } = input.facts.target;
  if (willBeCreated(input) || eventTriggers.count === 0) return pass('none would fire on what is created');
  return warn(
    `event triggers of the target fire on everything that is created: ${nameSample(eventTriggers, ({ name }) => name)}`,
    script(eventTriggers, ({ name }) => [`ALTER EVENT TRIGGER ${pg.escapeIdentifier(name)} DISABLE;`]),
  );
}
