import { ReplicatorError } from '@seren-replicator/job-models';
import { escapeIdentifier } from 'pg';
import type { ArchiveEntry } from './archive.ts';

/** Named by their tag, within their schema if they have one. */
const plainlyNamedKinds: ReadonlySet<string> = new Set([
  'COLLATION',
  'CONVERSION',
  'DATABASE',
  'DOMAIN',
  'EVENT TRIGGER',
  'FOREIGN DATA WRAPPER',
  'FOREIGN TABLE',
  'MATERIALIZED VIEW',
  'PROCEDURAL LANGUAGE',
  'PUBLICATION',
  'SCHEMA',
  'SEQUENCE',
  'SERVER',
  'STATISTICS',
  'SUBSCRIPTION',
  'TABLE',
  'TEXT SEARCH CONFIGURATION',
  'TEXT SEARCH DICTIONARY',
  'TYPE',
  'VIEW',
]);

/** Their names need argument types or an index method, which their DROP statement has. */
const kindsNamedByDropStatement: ReadonlySet<string> = new Set([
  'AGGREGATE',
  'FUNCTION',
  'OPERATOR',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'PROCEDURE',
]);

/** They belong to the owner of the object that they are part of, or to nobody. */
const kindsWithoutOwner: ReadonlySet<string> = new Set([
  'ACCESS METHOD',
  'CAST',
  'CHECK CONSTRAINT',
  'CONSTRAINT',
  'DATABASE PROPERTIES',
  'DEFAULT',
  'EXTENSION',
  'FK CONSTRAINT',
  'INDEX',
  'INDEX ATTACH',
  'POLICY',
  'PUBLICATION TABLE',
  'PUBLICATION TABLES IN SCHEMA',
  'ROW SECURITY',
  'RULE',
  'SUBSCRIPTION TABLE',
  'TABLE ATTACH',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
  'TRANSFORM',
  'TRIGGER',
  'USER MAPPING',
]);

const DROP = 'DROP ';

/**
 * `ALTER … OWNER TO …` for an entry that is an object with an owner of its own; null for all others.
 *
 * PostgreSQL's pg_backup_archiver.c, `_getObjectDescription` and its caller: what has no DROP statement has no owner.
 *
 * @throws ReplicatorError `schema_restore_failed` for an ownable kind that is unknown: it must not silently end up
 * with another owner.
 */
export function ownerStatement(entry: ArchiveEntry): string | null {
  if (!hasOwner(entry)) return null;
  return `ALTER ${objectDescription(entry)} OWNER TO ${escapeIdentifier(entry.owner)};`;
}

/** Whether an entry is an object with an owner of its own. */
export function hasOwner({ kind, owner, dropStatement }: ArchiveEntry): boolean {
  return owner !== '' && dropStatement !== '' && !kindsWithoutOwner.has(kind);
}

/** `"schema"."name"`, or `"name"` for what is in no schema. */
export function qualifiedName({ namespace, tag }: ArchiveEntry): string {
  const name = escapeIdentifier(tag);
  return namespace === null ? name : `${escapeIdentifier(namespace)}.${name}`;
}

function objectDescription(entry: ArchiveEntry): string {
  if (plainlyNamedKinds.has(entry.kind)) return `${entry.kind} ${qualifiedName(entry)}`;
  if (kindsNamedByDropStatement.has(entry.kind) && entry.dropStatement.startsWith(DROP)) {
    return entry.dropStatement.slice(DROP.length).replace(/[;\n]+$/, '');
  }
  throw new ReplicatorError(
    'schema_restore_failed',
    `The owner of ${entry.kind} ${entry.tag} cannot be set, because this release does not know such objects; run again with --no-owner.`,
  );
}
