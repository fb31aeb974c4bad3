/**
 * Changes that cannot be applied because the target is not what the source was: somebody wrote there, or the schema was
 * changed on one side only. Nothing of a row is told but its key.
 */
import { ReplicatorError, type SyncConflict } from '@seren-replicator/job-models';
import pg from 'pg';
import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { syncTable, type SyncRecord } from '../sync/sync-record.ts';
import type { Relation, RowChange } from './decode-message.ts';
import type { FollowedRelation } from './followed-relation.ts';
import { textOf, type Tuple } from './tuple.ts';

const MAX_KEY_VALUE_BYTES = 200;
const AGAIN = 'then run sync again';

/** What the target could not take. */
export interface ChangeContext {
  followed: FollowedRelation;
  /** Null for TRUNCATE. */
  change: RowChange | null;
}

export function conflictError(conflict: SyncConflict, cause?: unknown): ReplicatorError {
  const { table, key, message, fix } = conflict;
  const row = key === '' ? '' : `, row ${key}`;
  return new ReplicatorError('sync_conflict', `${message} (table ${table}${row}); ${fix}.`, { cause });
}

/** Carries what is to be written into the record. */
export class SyncConflictError extends Error {
  override readonly name = 'SyncConflictError';
  readonly conflict: SyncConflict;

  constructor(conflict: SyncConflict, cause?: unknown) {
    super(conflict.message, { cause });
    this.conflict = conflict;
  }
}

/** The target refused something that was sent with much else: it has to be found out what. */
export class CareNeededError extends Error {
  override readonly name = 'CareNeededError';
}

export async function noteConflict(
  target: Session,
  record: SyncRecord,
  conflict: SyncConflict,
): Promise<void> {
  const { table, key, message, fix } = conflict;
  const values = [table, key, message, fix].map((value) => pg.escapeLiteral(value)).join(', ');
  await target.execute(
    'note a conflict',
    `DELETE FROM ${syncTable(record, 'conflict')};
     INSERT INTO ${syncTable(record, 'conflict')} ("table", key, message, fix) VALUES (${values});`,
  );
}

export function tableMissing({ schema, name }: Relation): SyncConflictError {
  return new SyncConflictError({
    table: `${schema}.${name}`,
    key: '',
    message: 'The table of the source is not on the target',
    fix: `make the change that was made to the source's schema on the target too, ${AGAIN}`,
  });
}

/** Looks up the types on the source: they may be its own. */
export async function columnsMissing(
  source: Session,
  relation: Relation,
  missing: readonly string[],
): Promise<SyncConflictError> {
  const columns = relation.columns.filter(({ name }) => missing.includes(name));
  const additions: string[] = [];
  for (const { name, typeOid, typeModifier } of columns) {
    const { type } = await source.queryOne<{ type: string }>(
      'read the name of a type',
      'SELECT pg_catalog.format_type($1, $2) AS type',
      [typeOid, typeModifier],
    );
    additions.push(`ADD COLUMN ${pg.escapeIdentifier(name)} ${type}`);
  }
  const { schema, name } = relation;
  return new SyncConflictError({
    table: `${schema}.${name}`,
    key: '',
    message: `The target's table does not have the column ${missing.join(', ')}`,
    fix: `make the change that was made on the source on the target too, ALTER TABLE ${qualifiedName(schema, name)} ${additions.join(', ')}, ${AGAIN}`,
  });
}

export function columnsGenerated({ schema, name }: Relation, columns: readonly string[]): SyncConflictError {
  const changes = columns.map((column) => `ALTER COLUMN ${pg.escapeIdentifier(column)} DROP EXPRESSION`);
  return new SyncConflictError({
    table: `${schema}.${name}`,
    key: '',
    message: `The target works out the column ${columns.join(', ')} itself, for which the source sends values`,
    fix: `make it an ordinary column on the target, ALTER TABLE ${qualifiedName(schema, name)} ${changes.join(', ')} (a VIRTUAL one has to be dropped and added), ${AGAIN}`,
  });
}

/** @param rows how many rows a change of one row met */
export function rowMissing({ followed, change }: ChangeContext, rows: number): SyncConflictError {
  const met = rows === 0 ? 'no row' : `${rows} rows`;
  return new SyncConflictError({
    table: followed.label,
    key: describeKey(followed, change),
    message: `${(change?.kind ?? 'truncate').toUpperCase()} met ${met} on the target, where somebody else has changed the table`,
    fix:
      rows === 0
        ? `insert the row on the target as the source had it, ${AGAIN}`
        : `leave one of these rows on the target, ${AGAIN}`,
  });
}

/** Null when the error is not about what the target holds or looks like. */
export function refusal(
  { followed, change }: ChangeContext,
  error: pg.DatabaseError,
): SyncConflictError | null {
  const reason = reasonOf(error);
  if (reason === null) return null;
  return new SyncConflictError(
    { table: followed.label, key: describeKey(followed, change), ...reason },
    error,
  );
}

/**
 * Of a commit, which is refused for what was to be checked at its end: the server knows the table, and we no row. Null
 * when it does not say.
 */
export function refusalOfCommit(error: pg.DatabaseError): SyncConflictError | null {
  const reason = reasonOf(error);
  const { schema, table } = error;
  if (reason === null || schema === undefined || table === undefined) return null;
  return new SyncConflictError({ table: `${schema}.${table}`, key: '', ...reason }, error);
}

export function isRefusal(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && reasonOf(error) !== null;
}

const SAME_CHANGE = `make the change that was made to the source's schema on the target too, ${AGAIN}`;

/** PostgreSQL's own words are left out: they can hold values. */
function reasonOf({
  code = '',
  constraint,
  column,
}: pg.DatabaseError): Pick<SyncConflict, 'message' | 'fix'> | null {
  const named = constraint === undefined ? '' : ` (${constraint})`;
  switch (code) {
    case '23505':
    case '23P01':
      return {
        message: `The target has a row already that stands in the way${named}`,
        fix: `delete that row on the target, ${AGAIN}`,
      };
    case '23503':
      return {
        message: `A foreign key of the target refuses the row${named}`,
        fix: `mend the rows that it refers to, or let the role set session_replication_role (GRANT SET ON PARAMETER session_replication_role), ${AGAIN}`,
      };
    case '23502':
      return { message: `The target's column ${column ?? ''} takes no NULL`, fix: SAME_CHANGE };
    case '23514':
      return { message: `A CHECK of the target refuses the row${named}`, fix: SAME_CHANGE };
    case '0A000':
      return {
        message: 'The target refuses the change because of other objects there',
        fix: `drop what the source does not have, ${AGAIN}`,
      };
    default:
      if (code.startsWith('22')) {
        return { message: `The target's columns do not take a value (SQLSTATE ${code})`, fix: SAME_CHANGE };
      }
      if (code.startsWith('42') && code !== '42501') {
        return { message: `The target's table has changed (SQLSTATE ${code})`, fix: SAME_CHANGE };
      }
      return null;
  }
}

/** `id = 5, day = '2024-01-01'`; empty for a table without a key. */
function describeKey({ relation, keyColumns, target }: FollowedRelation, change: RowChange | null): string {
  const tuple = change === null ? null : keyTupleOf(change);
  if (tuple === null) return '';
  const columns =
    relation.identity === 'f'
      ? relation.columns.flatMap(({ name }, index) => (target.keyColumns.includes(name) ? [index] : []))
      : keyColumns;
  return columns
    .map((index) => {
      const value = textOf(tuple, index, MAX_KEY_VALUE_BYTES);
      return `${relation.columns[index]?.name ?? ''} = ${value ?? 'NULL'}`;
    })
    .join(', ');
}

/** Where the key is that the row had. */
function keyTupleOf(change: RowChange): Tuple {
  if (change.kind === 'insert') return change.new;
  if (change.kind === 'delete') return change.old.tuple;
  return change.old?.tuple ?? change.new;
}
