/**
 * What pg_restore would execute for one entry (`_printTocEntry` in PostgreSQL's pg_backup_archiver.c). pg_restore
 * remembers what it set on its one connection; here each text stands for itself, so that entries can run on any
 * session, in any order that their dependencies allow, provided that `sessionSettings` prepared the session.
 */
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { ArchiveEntry } from './archive.ts';
import { dropInternalOptions } from './drop-internal-options.ts';
import { dropNewerParameters } from './drop-newer-parameters.ts';
import { grantBlocks } from './grant-blocks.ts';
import { hasColumnOptions, isPrivilege, isSetting } from './entry-kinds.ts';
import { notNullAsStatements } from './not-null-as-statements.ts';
import { ownerStatement, qualifiedName } from './owner-statement.ts';
import { DEFAULT_TABLE_ACCESS_METHOD } from './session-settings.ts';

/** What of a schema is not to be restored, and where to. */
export interface RestoreOptions {
  /** Objects belong to whoever restores them. */
  readonly noOwner: boolean;
  /** Neither grants nor default privileges. */
  readonly noAcl: boolean;
  /** The target's `server_version_num`; left out: no older than the pg_dump that wrote the archive. */
  readonly targetVersionNum?: number;
  /** Of extensions that are to have another version than the target's default; pg_dump names none. */
  readonly extensionVersions?: ReadonlyMap<string, string>;
}

const PARTITIONED_TABLE = 'p';
/** As pg_dump was told to quote names only where needed, or always. */
const publicSchemaTags: ReadonlySet<string> = new Set(['SCHEMA public', 'SCHEMA "public"']);
const CLOSED_PUBLIC_SCHEMA_VERSION_NUM = 150_000;
const NOT_NULL_CONSTRAINTS_VERSION_NUM = 180_000;

/**
 * The statements that restore an entry, to be executed one after the other; none when there is nothing to do. One
 * text may hold several statements: send it as one simple query, so that it happens as a whole or not at all.
 *
 * A tablespace or a table access method that the target lacks fails as SQLSTATE 22023.
 */
export function restoreStatements(entry: ArchiveEntry, options: RestoreOptions): string[] {
  if (isSetting(entry) || (options.noAcl && isPrivilege(entry))) return [];
  const creation = isPrivilege(entry) ? grantBlocks(entry.definition) : [creationStatement(entry, options)];
  const owner = options.noOwner ? null : ownerStatement(entry);
  const accessMethod = partitionedTableAccessMethod(entry);
  return [oldPublicSchema(entry, options), ...creation, owner, accessMethod].filter(
    (statement) => statement !== null,
  );
}

/**
 * pg_dump writes the grants of the schema "public" as the difference from what it is in a new database of release
 * 15. Before, everybody could create objects in it.
 */
function oldPublicSchema({ kind, tag }: ArchiveEntry, { targetVersionNum }: RestoreOptions): string | null {
  if (kind !== 'ACL' || !publicSchemaTags.has(tag)) return null;
  if (targetVersionNum === undefined || targetVersionNum >= CLOSED_PUBLIC_SCHEMA_VERSION_NUM) return null;
  return 'REVOKE CREATE ON SCHEMA public FROM PUBLIC;';
}

function creationStatement(entry: ArchiveEntry, options: RestoreOptions): string | null {
  // pg_dump says of the schema "public" in a comment that it is there already.
  if (entry.definition.trim() === '' || isCommentOnly(entry)) return null;
  // Ancient archives named the owner in CREATE SCHEMA; pg_restore does the same for --no-owner.
  if (options.noOwner && entry.kind === 'SCHEMA') return `CREATE SCHEMA ${escapeIdentifier(entry.tag)};`;
  return withStorage(entry, fittingDefinition(entry, options));
}

function fittingDefinition(
  entry: ArchiveEntry,
  { targetVersionNum, extensionVersions }: RestoreOptions,
): string {
  if (entry.kind === 'EXTENSION') return withVersion(entry.definition, extensionVersions?.get(entry.tag));
  if (hasColumnOptions(entry)) {
    const definition = dropInternalOptions(entry.definition);
    const isOld = targetVersionNum !== undefined && targetVersionNum < NOT_NULL_CONSTRAINTS_VERSION_NUM;
    return isOld ? notNullAsStatements(definition) : definition;
  }
  if (entry.kind === 'SUBSCRIPTION' && targetVersionNum !== undefined) {
    return dropNewerParameters(entry.definition, Math.floor(targetVersionNum / 10_000));
  }
  return entry.definition;
}

/** `CREATE EXTENSION … WITH SCHEMA …;` takes a version at its end. */
function withVersion(definition: string, version: string | undefined): string {
  if (version === undefined) return definition;
  return definition.trimEnd().replace(/;$/, ` VERSION ${escapeLiteral(version)};`);
}

function isCommentOnly(entry: ArchiveEntry): boolean {
  return entry.kind === 'SCHEMA' && entry.definition.startsWith('--');
}

/** Where and how the relation is stored is no part of its definition: the session's defaults say it. */
function withStorage(entry: ArchiveEntry, definition: string): string {
  const { tablespace, tableAccessMethod, relkind } = entry;
  const settings: [name: string, value: string, usual: string][] = [];
  if (tablespace !== null && tablespace !== '') settings.push(['default_tablespace', tablespace, `''`]);
  if (
    tableAccessMethod !== null &&
    tableAccessMethod !== DEFAULT_TABLE_ACCESS_METHOD &&
    relkind !== PARTITIONED_TABLE
  ) {
    settings.push(['default_table_access_method', tableAccessMethod, DEFAULT_TABLE_ACCESS_METHOD]);
  }
  const before = settings.map(([name, value]) => `SET ${name} = ${escapeIdentifier(value)};\n`);
  const after = settings.map(([name, , usual]) => `\nSET ${name} = ${usual};`);
  return before.join('') + terminated(definition) + after.join('');
}

function terminated(definition: string): string {
  const text = definition.trimEnd();
  return text.endsWith(';') ? text : `${text}\n;`;
}

/** A partitioned table has no storage of its own, so that its access method is set when it exists (17 and later). */
function partitionedTableAccessMethod(entry: ArchiveEntry): string | null {
  if (entry.relkind !== PARTITIONED_TABLE || entry.tableAccessMethod === null) return null;
  return `ALTER TABLE ${qualifiedName(entry)} SET ACCESS METHOD ${escapeIdentifier(entry.tableAccessMethod)};`;
}
