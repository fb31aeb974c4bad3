/**
 * SQL for the changes of a table. Rows are found by the replica identity; where that is the whole row, one of the rows
 * that look exactly like it is taken.
 */
import { qualifiedName } from '../catalog/quote.ts';
import { equalities, joins, quoted, valuesList, valuesTable } from './column-lists.ts';
import { changesIdentity, shapeKeyOf } from './shape-key.ts';
import type { RowChange } from './decode-message.ts';
import type { FollowedRelation } from './followed-relation.ts';
import type { Parameter, Shape } from './statement.ts';
import type { TargetColumn } from './target-table.ts';
import { isNull, isUnchanged, type Tuple } from './tuple.ts';

const MAX_ROWS = 128;
/** Beyond, a statement of many rows costs more to prepare than it gains. */
const MAX_PARAMETERS = 4096;
/** Rows that are found as a whole are written in as many ways as they have patterns of NULLs. */
const MAX_SHAPES = 400;

/** How a change is written; mostly the same object for changes that are written alike. */
export function shapeOf(followed: FollowedRelation, change: RowChange): Shape {
  const key = shapeKeyOf(followed, change);
  let shape = followed.shapes.get(key);
  if (shape === undefined) {
    if (followed.shapes.size >= MAX_SHAPES) followed.shapes.clear();
    shape = new StatementBuilder(followed, change).build(key);
    followed.shapes.set(key, shape);
  }
  return shape;
}

class StatementBuilder {
  readonly #followed: FollowedRelation;
  readonly #change: RowChange;
  readonly #parameters: Parameter[] = [];

  constructor(followed: FollowedRelation, change: RowChange) {
    this.#followed = followed;
    this.#change = change;
  }

  build(key: string): Shape {
    const change = this.#change;
    switch (change.kind) {
      case 'insert':
        return this.#insert(key);
      case 'delete':
        return change.old.kind === 'full'
          ? this.#single(key, `DELETE FROM ${this.#only} WHERE ${this.#isOldRow(change.old.tuple)}`)
          : this.#deleteByKey(key);
      case 'update':
        if (this.#mustReplace()) return this.#replace(key);
        return change.old === null ? this.#updateByKey(key) : this.#updateOld(key);
    }
  }

  #insert(key: string): Shape {
    const { columns } = this.#followed;
    if (columns.length === 0) return this.#single(key, `INSERT INTO ${this.#table} DEFAULT VALUES`);
    for (const column of columns.keys()) this.#parameter(column, false);
    const into = `INSERT INTO ${this.#table} (${columns.map(quoted).join(', ')}) OVERRIDING SYSTEM VALUE VALUES`;
    return this.#many(key, null, (rows) => `${into} ${valuesList(rows, columns.length)}`);
  }

  #deleteByKey(key: string): Shape {
    const columns = this.#keyColumns(true);
    return this.#many(key, [...this.#parameters], (rows) =>
      rows === 1
        ? `DELETE FROM ${this.#only} WHERE ${equalities(columns, 1)}`
        : `DELETE FROM ${this.#only} AS t USING ${valuesTable(rows, columns)} WHERE ${joins(columns, 0)}`,
    );
  }

  /** The key stays what it is. */
  #updateByKey(key: string): Shape {
    const set = this.#setColumns(this.#followed.keyColumns);
    const keys = this.#keyColumns(false);
    const rowKey = this.#parameters.slice(set.length);
    if (set.length === 0) {
      return this.#single(key, `SELECT FROM ${this.#only} WHERE ${equalities(keys, 1)}`);
    }
    const one = `UPDATE ${this.#only} SET ${set.map((column, index) => `${quoted(column)} = $${index + 1}`).join(', ')}
                 WHERE ${equalities(keys, set.length + 1)}`;
    // Rows of one statement are written in an order that is nobody's: what is unique besides the key could clash.
    if (this.#followed.target.uniqueIndexes > 1) return this.#single(key, one);
    const columns = [...set, ...keys];
    return this.#many(key, rowKey, (rows) =>
      rows === 1
        ? one
        : `UPDATE ${this.#only} AS t SET ${set.map((column, index) => `${quoted(column)} = v.c${index}`).join(', ')}
           FROM ${valuesTable(rows, columns)} WHERE ${joins(keys, set.length)}`,
    );
  }

  /** The old row, or its key, came along. */
  #updateOld(key: string): Shape {
    const set = this.#setColumns([]);
    const assignments = set.map((column, index) => `${quoted(column)} = $${index + 1}`).join(', ');
    const where = this.#isOld();
    if (set.length === 0) return this.#single(key, `SELECT FROM ${this.#only} WHERE ${where}`);
    return this.#single(key, `UPDATE ${this.#only} SET ${assignments} WHERE ${where}`);
  }

  #mustReplace(): boolean {
    return changesIdentity(this.#followed, this.#change) && !this.#identityIsUnchangedKey();
  }

  /** An update without an old row has the key that the row had. */
  #identityIsUnchangedKey(): boolean {
    const { columns, keyColumns } = this.#followed;
    if (this.#change.kind !== 'update' || this.#change.old !== null) return false;
    return columns.every(({ isIdentityAlways }, column) => !isIdentityAlways || keyColumns.includes(column));
  }

  /** For values that only an INSERT may give: the row is taken out and put in again. */
  #replace(key: string): Shape {
    const { columns, target } = this.#followed;
    const where = this.#isOld();
    const values = new Map<string, string>();
    for (const [index, column] of columns.entries()) {
      if (this.#change.kind === 'update' && isUnchanged(this.#change.new, index)) continue;
      values.set(column.name, `${this.#parameter(index, false)}::${column.type}`);
    }
    const stored = target.columns.filter(({ isGenerated }) => !isGenerated);
    const list = stored.map((column) => values.get(column.name) ?? `gone.${quoted(column)}`);
    return this.#single(
      key,
      `WITH gone AS (DELETE FROM ${this.#only} WHERE ${where} RETURNING *)
       INSERT INTO ${this.#table} (${stored.map(quoted).join(', ')}) OVERRIDING SYSTEM VALUE
       SELECT ${list.join(', ')} FROM gone`,
    );
  }

  #isOld(): string {
    const { old } = this.#change as Extract<RowChange, { kind: 'update' }>;
    if (old?.kind === 'full') return this.#isOldRow(old.tuple);
    const first = this.#parameters.length + 1;
    return equalities(this.#keyColumns(old !== null), first);
  }

  /** One of the rows that are exactly like the old one. */
  #isOldRow(old: Tuple): string {
    const conditions = this.#followed.columns.flatMap((column, index) => {
      if (isUnchanged(old, index)) return [];
      if (isNull(old, index)) return [`${quoted(column)} IS NULL`];
      return this.#isSameValue(column, this.#parameter(index, true));
    });
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    // Rows of several partitions can have one ctid.
    const place = this.#followed.target.isPartitioned ? 'tableoid, ctid' : 'ctid';
    return `(${place}) = (SELECT ${place} FROM ${this.#only} ${where} LIMIT 1)`;
  }

  #isSameValue(column: TargetColumn, parameter: string): string[] {
    const { equality, isExact, type } = column;
    const typed = `${parameter}::${type}`;
    const isEqual = equality === null ? [] : [`${quoted(column)} ${equality} ${typed}`];
    if (isExact && equality !== null) return isEqual;
    // An index may find what is equal; the text tells 1.0 from 1.00, and serves types that know no equality.
    return [...isEqual, `${quoted(column)}::text COLLATE "C" = (${typed})::text`];
  }

  #setColumns(without: readonly number[]): TargetColumn[] {
    const row = this.#change as Extract<RowChange, { kind: 'update' }>;
    return this.#followed.columns.filter((column, index) => {
      if (without.includes(index) || isUnchanged(row.new, index) || column.isIdentityAlways) return false;
      this.#parameter(index, false);
      return true;
    });
  }

  #keyColumns(isOld: boolean): TargetColumn[] {
    const { columns, keyColumns } = this.#followed;
    for (const column of keyColumns) this.#parameter(column, isOld);
    return columns.filter((_, index) => keyColumns.includes(index));
  }

  #parameter(column: number, isOld: boolean): string {
    this.#parameters.push({ isOld, column });
    return `$${this.#parameters.length}`;
  }

  #single(key: string, sql: string): Shape {
    return { key, parameters: this.#parameters, sqlFor: () => sql, maxRows: 1, rowKey: null };
  }

  #many(key: string, rowKey: Parameter[] | null, sqlFor: (rows: number) => string): Shape {
    const parameters = this.#parameters;
    const fitting = Math.min(MAX_ROWS, Math.floor(MAX_PARAMETERS / parameters.length));
    return { key, parameters, sqlFor, maxRows: Math.max(1, fitting), rowKey };
  }

  get #table(): string {
    const { schema, name } = this.#followed.relation;
    return qualifiedName(schema, name);
  }

  get #only(): string {
    return this.#followed.target.isPartitioned ? this.#table : `ONLY ${this.#table}`;
  }
}
