import { activityQuestions } from '../catalog/activity-questions.ts';
import { ask, type Answers } from '../catalog/ask.ts';
import { configurationQuestions, extensionQuestions } from '../catalog/extension-questions.ts';
import { localeQuestions } from '../catalog/locale-questions.ts';
import { peculiarityQuestions } from '../catalog/peculiarity-questions.ts';
import { privilegeQuestions } from '../catalog/privilege-questions.ts';
import { readDatabaseDefinition, type DatabaseDefinition } from '../catalog/read-database-definition.ts';
import { listForcedTables } from '../catalog/list-forced-tables.ts';
import { listSuperuserObjects, type SuperuserObject } from '../catalog/list-superuser-objects.ts';
import { readRoleNeeds, type RoleNeeds } from '../catalog/read-role-needs.ts';
import type { ServerFacts } from '../catalog/read-server-facts.ts';
import { settingQuestions, toSettings, type Settings } from '../catalog/setting-questions.ts';
import { sizeQuestions } from '../catalog/size-questions.ts';
import { syncQuestions } from '../catalog/sync-questions.ts';
import { tablespaceQuestions } from '../catalog/tablespace-questions.ts';
import { USER_RELATIONS } from '../catalog/user-relations.ts';
import { versionQuestions } from '../catalog/version-questions.ts';
import { readObjectAccess, type ObjectAccess } from '../large-objects/read-object-access.ts';
import { readRoles } from '../roles/read-roles.ts';
import type { Roles } from '../roles/role.ts';
import { isInScope, type TableRules } from '../scope/resolve-rules.ts';
import type { Session } from '../session/session.ts';
import { major } from './check.ts';
import type { ConnectionFacts } from './read-connection-facts.ts';

function sourceQuestions(sourceMajor: number, targetMajor: number, versionNum: number) {
  return {
    ...privilegeQuestions,
    ...activityQuestions(),
    ...sizeQuestions,
    ...extensionQuestions,
    ...configurationQuestions,
    ...tablespaceQuestions,
    ...syncQuestions,
    ...peculiarityQuestions(versionNum),
    ...localeQuestions(versionNum),
    ...versionQuestions(sourceMajor, targetMajor),
  };
}

/** What is there to be copied, and what a target must have for it. */
export interface SourceContents extends Answers<ReturnType<typeof sourceQuestions>> {
  settings: Settings;
  definition: DatabaseDefinition;
}

export interface SourceFacts extends SourceContents {
  server: ServerFacts;
  connection: ConnectionFacts;
  roles: Roles;
  roleNeeds: RoleNeeds;
  superuserObjects: SuperuserObject[];
  /** Names of tables in scope whose row security applies to their owners too. */
  forcedTables: string[];
  largeObjects: ObjectAccess;
}

interface SourceInput {
  /** Pipelined. */
  session: Session;
  server: ServerFacts;
  rules: TableRules;
}

export interface SourceContentsInput extends SourceInput {
  /** Null when the target is out of reach. */
  targetVersionNum: number | null;
}

export interface SourceFactsInput extends SourceInput {
  connection: ConnectionFacts;
  contents: Promise<SourceContents>;
}

export async function askSourceContents(input: SourceContentsInput): Promise<SourceContents> {
  const { session, server, rules } = input;
  const versionNum = server.versionNum;
  const targetMajor = major(input.targetVersionNum ?? versionNum);
  const [definition, { settings, ...answers }] = await Promise.all([
    readDatabaseDefinition(session, versionNum),
    ask(session, 'describe its contents', {
      questions: { ...sourceQuestions(major(versionNum), targetMajor, versionNum), ...settingQuestions },
      tables: USER_RELATIONS,
      values: [[...rules.excluded], [...rules.schemaOnly]],
    }),
  ]);
  return { ...answers, settings: toSettings(settings), definition };
}

export async function gatherSourceFacts(input: SourceFactsInput): Promise<SourceFacts> {
  const { session, server, connection, rules } = input;
  const { versionNum } = server;
  const [contents, roleNeeds, roles, superuserObjects, forcedTables, largeObjects] = await Promise.all([
    input.contents,
    readRoleNeeds(session),
    readRoles(session, versionNum),
    listSuperuserObjects(session, versionNum),
    listForcedTables(session),
    readObjectAccess(session, versionNum),
  ]);
  return {
    ...contents,
    server,
    connection,
    roles,
    roleNeeds,
    superuserObjects,
    forcedTables: forcedTables.filter(({ oid }) => isInScope(rules, oid)).map(({ label }) => label),
    largeObjects,
  };
}
