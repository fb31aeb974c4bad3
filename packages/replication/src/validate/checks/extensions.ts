/** Whether the target can have the extensions that the source has. */
import pg from 'pg';
import type { InstalledExtension } from '../../catalog/extension-questions.ts';
import {
  fail,
  nameSome,
  pass,
  sampleOf,
  script,
  warn,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';
import { willBeCreated } from '../will-be-created.ts';

export const extensionChecks: readonly CheckDefinition[] = [
  { name: 'extensions', code: 'object_missing', of: 'both', judge: checkAvailable },
  { name: 'extension versions', code: 'object_missing', of: 'both', judge: checkVersions },
  { name: 'extension schemas', code: 'object_missing', of: 'both', judge: checkSchemas },
  { name: 'extension privileges', code: 'permission_denied', of: 'both', judge: checkPrivileges },
];

function checkAvailable({ facts: { source, target } }: CheckInput): Verdict {
  const offered = new Set(target.offeredExtensions.map(({ name }) => name));
  const missing = source.installedExtensions.filter(({ name }) => !offered.has(name));
  if (missing.length === 0) return pass('every extension of the source is available on the target');
  return fail(
    `the target server lacks the extensions ${nameSome(missing.map(({ name, version }) => `${name} ${version}`))}`,
    `/* install their packages on the target server, or on the source, with what depends on them */\n${script(
      sampleOf(missing),
      ({ name }) => [`DROP EXTENSION ${pg.escapeIdentifier(name)};`],
    )}`,
  );
}

function checkVersions(input: CheckInput): Verdict {
  const { source, target } = input.facts;
  const offers = new Map(target.offeredExtensions.map((offer) => [offer.name, offer]));
  const others = source.installedExtensions.flatMap(({ name, version }) => {
    const there = presentExtensions(input).get(name)?.version;
    const offer = offers.get(name);
    const other = there ?? (offer?.has_version === false ? offer.default_version : version);
    return other === version ? [] : [{ name, version, other, isThere: there !== undefined, offer }];
  });
  if (others.length === 0) return pass('every extension has the version of the source');
  const named = others.map(({ name, version, other }) => `${name} ${version} → ${other}`);
  const updates = others.filter(({ isThere, offer }) => isThere && offer?.has_version === true);
  return warn(
    `extensions will have another version: ${nameSome(named)}`,
    updates.length === 0
      ? null
      : `/* on the target */\n${script(sampleOf(updates), ({ name, version }) => [
          `ALTER EXTENSION ${pg.escapeIdentifier(name)} UPDATE TO ${pg.escapeLiteral(version)};`,
        ])}`,
  );
}

/** CREATE EXTENSION IF NOT EXISTS leaves one that is there where it is. */
function checkSchemas(input: CheckInput): Verdict {
  const present = presentExtensions(input);
  const elsewhere = input.facts.source.installedExtensions.flatMap((extension) => {
    const there = present.get(extension.name);
    return there === undefined || there.schema === extension.schema ? [] : [{ ...extension, there }];
  });
  if (elsewhere.length === 0) return pass('no extension of the target is in another schema');
  const named = elsewhere.map(({ name, schema, there }) => `${name} in ${there.schema} instead of ${schema}`);
  return fail(
    `the target has extensions in other schemas than the source: ${nameSome(named)}`,
    `/* on the target */\n${script(sampleOf(elsewhere), ({ name, schema, is_relocatable }) => [
      is_relocatable
        ? `CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}; ALTER EXTENSION ${pg.escapeIdentifier(name)} SET SCHEMA ${pg.escapeIdentifier(schema)};`
        : `DROP EXTENSION ${pg.escapeIdentifier(name)};`,
    ])}`,
  );
}

/**
 * Trusted ones ask for CREATE on the database, all others for a superuser.
 *
 * https://www.postgresql.org/docs/current/sql-createextension.html
 */
function checkPrivileges(input: CheckInput): Verdict {
  const { source, target } = input.facts;
  if (target.server.isSuperuser) return pass('the target role is a superuser');
  const present = presentExtensions(input);
  const free = new Set(target.offeredExtensions.filter(({ is_free }) => is_free).map(({ name }) => name));
  const offered = new Set(target.offeredExtensions.map(({ name }) => name));
  const refused = source.installedExtensions
    .map(({ name }) => name)
    .filter((name) => offered.has(name) && !free.has(name) && !present.has(name));
  if (refused.length === 0) return pass('the target role may create every extension');
  const statements = script(sampleOf(refused), (name) => [createSql(name, source.installedExtensions)]);
  const fix = `/* as a superuser of the target */${createDatabaseSql(input)}\n/* in the target database */ ${statements}`;
  const message = `only a superuser may create the extensions ${nameSome(refused)}`;
  if (target.roles.isHosted) {
    return warn(`${message}, unless the service that hosts the target lets ${target.server.role}`, fix);
  }
  return fail(`${message}, which the target role ${target.server.role} is not`, fix);
}

/** An extension can be there before the copy only in a database that the copy finds. */
function createDatabaseSql({ facts: { target }, targetDatabase }: CheckInput): string {
  if (target.hasDatabase) return '';
  return ` CREATE DATABASE ${pg.escapeIdentifier(targetDatabase)} TEMPLATE template0 OWNER ${pg.escapeIdentifier(target.server.role)};`;
}

function createSql(name: string, installed: readonly InstalledExtension[]): string {
  const schema = installed.find((extension) => extension.name === name)?.schema ?? 'public';
  const quoted = pg.escapeIdentifier(schema);
  return `CREATE SCHEMA IF NOT EXISTS ${quoted}; CREATE EXTENSION ${pg.escapeIdentifier(name)} SCHEMA ${quoted};`;
}

/** Those that the copy finds on the target: none in a database that it makes. */
function presentExtensions(input: CheckInput): Map<string, InstalledExtension> {
  const present = willBeCreated(input) ? [] : input.facts.target.installedExtensions;
  return new Map(present.map((extension) => [extension.name, extension]));
}
