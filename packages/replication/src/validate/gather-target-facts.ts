import { ask, type Answers, type Sample } from '../catalog/ask.ts';
import {
  EXTENSION_VERSIONS,
  extensionQuestions,
  offerQuestions,
  type InstalledExtension,
} from '../catalog/extension-questions.ts';
import { findUnknownLocales } from '../catalog/find-unknown-locales.ts';
import { listUserObjects } from '../catalog/list-user-objects.ts';
import { localeOfferQuestions, localeQuestions } from '../catalog/locale-questions.ts';
import { readDatabaseDefinition, type DatabaseDefinition } from '../catalog/read-database-definition.ts';
import type { RoleNeeds } from '../catalog/read-role-needs.ts';
import type { ServerFacts } from '../catalog/read-server-facts.ts';
import { settingQuestions, toSettings, type Settings } from '../catalog/setting-questions.ts';
import { tablespaceOfferQuestions } from '../catalog/tablespace-questions.ts';
import { targetQuestions, type DatabaseSession } from '../catalog/target-questions.ts';
import { typeOfferQuestions } from '../catalog/version-questions.ts';
import { findCheckpoint, type FoundCheckpoint } from '../checkpoint/find-checkpoint.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { readTargetRoles, type TargetRoles } from '../roles/read-target-roles.ts';
import type { Session } from '../session/session.ts';
import type { SourceContents } from './gather-source-facts.ts';
import type { ConnectionFacts } from './read-connection-facts.ts';

/** What is in the database that is to be filled. */
interface TargetContents {
  userObjects: string[];
  /** What an unfinished run has left behind. */
  checkpoint: FoundCheckpoint | null;
  /** How it follows a source, if it does. */
  sync: SyncRecord | null;
}

/** Of that database: facts that a maintenance database in its place says nothing about. */
interface TargetDatabaseFacts extends TargetContents {
  eventTriggers: Sample<{ name: string }>;
  otherSessions: Sample<DatabaseSession>;
  installedExtensions: InstalledExtension[];
}

type Offers = Answers<
  ReturnType<typeof offerQuestions> &
    typeof localeOfferQuestions &
    typeof tablespaceOfferQuestions &
    typeof typeOfferQuestions
>;

export interface TargetFacts
  extends TargetDatabaseFacts, Offers, Answers<ReturnType<typeof localeQuestions>> {
  server: ServerFacts;
  connection: ConnectionFacts;
  settings: Settings;
  /** When false, `server`, `definition` and collations describe a maintenance database. */
  hasDatabase: boolean;
  definition: DatabaseDefinition;
  mayCreateInDatabase: boolean;
  mayCreateTemporaryTables: boolean;
  mayDropDatabase: boolean;
  roles: TargetRoles;
  /** libc's locales that the source uses and this server does not know. */
  unknownLocales: string[];
}

export interface TargetFactsInput {
  /** Pipelined. */
  session: Session;
  server: ServerFacts;
  connection: ConnectionFacts;
  isOnDatabase: boolean;
  /** What a target must have, once it is known; null when the source is out of reach. */
  contents: Promise<SourceContents | null>;
  roleNeeds: Promise<RoleNeeds | null>;
}

const NEW_DATABASE: TargetDatabaseFacts = {
  userObjects: [],
  checkpoint: null,
  sync: null,
  eventTriggers: { count: 0, items: [] },
  otherSessions: { count: 0, items: [] },
  installedExtensions: [],
};

export async function gatherTargetFacts(input: TargetFactsInput): Promise<TargetFacts> {
  const { session, server, connection, isOnDatabase } = input;
  const [found, definition, offers, unknownLocales, roles] = await Promise.all([
    isOnDatabase ? readContents(session) : null,
    readDatabaseDefinition(session, server.versionNum),
    input.contents.then((contents) => askOffers(input, contents)),
    input.contents.then((contents) =>
      contents === null ? [] : findUnknownLocales(session, localesOf(contents)),
    ),
    input.roleNeeds.then((needs) =>
      readTargetRoles(session, {
        versionNum: server.versionNum,
        isOnDatabase,
        principals: needs === null ? [] : principalsOf(needs),
      }),
    ),
  ]);
  const { settings, privileges, eventTriggers, otherSessions, installedExtensions, ...answers } = offers;
  return {
    ...answers,
    ...(found === null ? NEW_DATABASE : { ...found, eventTriggers, otherSessions, installedExtensions }),
    server,
    connection,
    settings: toSettings(settings),
    hasDatabase: isOnDatabase,
    definition,
    mayCreateInDatabase: privileges.may_create,
    mayCreateTemporaryTables: privileges.may_use_temp,
    mayDropDatabase: privileges.may_drop,
    roles,
    unknownLocales,
  };
}

async function readContents(session: Session): Promise<TargetContents> {
  const [userObjects, checkpoint, sync] = await Promise.all([
    listUserObjects(session),
    findCheckpoint(session),
    findSyncRecord(session),
  ]);
  return { userObjects, checkpoint, sync };
}

function askOffers({ session, server }: TargetFactsInput, contents: SourceContents | null) {
  return ask(session, 'describe itself and what it offers', {
    questions: {
      ...targetQuestions,
      ...extensionQuestions,
      ...settingQuestions,
      ...localeQuestions(server.versionNum),
      ...offerQuestions(server.versionNum),
      ...localeOfferQuestions,
      ...tablespaceOfferQuestions,
      ...typeOfferQuestions,
    },
    tables: EXTENSION_VERSIONS,
    values: wantedOf(contents),
  });
}

/** Roles for whom the copy acts. */
function principalsOf({ owners, defaultPrivileges, grantors }: RoleNeeds): string[] {
  return [...owners.map(({ role }) => role), ...defaultPrivileges, ...grantors];
}

/** The values of the questions about what a target offers. */
function wantedOf(contents: SourceContents | null): unknown[] {
  const extensions = contents?.installedExtensions ?? [];
  const collations = (contents?.usedCollations ?? []).filter(({ is_user_made }) => !is_user_made);
  return [
    extensions.map(({ name }) => name),
    extensions.map(({ version }) => version),
    collations.map(({ name }) => name),
    contents?.definition.encoding ?? 'UTF8',
    (contents?.usedTablespaces ?? []).map(({ name }) => name),
    (contents?.usedTypes ?? []).map(({ name }) => name),
  ];
}

function localesOf({ definition, usedCollations }: SourceContents): string[] {
  const ofCollations = usedCollations.filter(({ is_user_made }) => is_user_made).map(({ locale }) => locale);
  return [definition.collate, definition.ctype, ...ofCollations.filter((locale) => locale !== null)];
}
