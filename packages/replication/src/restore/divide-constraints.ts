/**
 * Constraints of large tables in two steps: a long one that leaves the table to others, and a short one that does not.
 *
 * - A key of a table that has other indexes: CREATE UNIQUE INDEX, at the same time as those, then the constraint
 *   `USING INDEX`.
 * - A foreign key: `NOT VALID`, then VALIDATE CONSTRAINT, which leaves the referenced table free for other foreign
 *   keys and for its own indexes.
 */
import pg from 'pg';
import { keyOf } from '../checkpoint/entry-key.ts';
import type { Table } from '../catalog/list-tables.ts';
import { qualifiedName } from '../catalog/quote.ts';
import { readDivisibleConstraints, type DivisibleConstraint } from '../catalog/read-divisible-constraints.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import type { RestoreItem } from '../schema/restore-plan.ts';
import { splitStatements } from '../schema/split-statements.ts';
import type { Session } from '../session/session.ts';
import type { Tuning } from '../tuning.ts';

export interface DivideConstraintsInput {
  /** Under the snapshot. */
  source: Session;
  tables: readonly Table[];
  /** What an earlier run has done, in whatever way it did it, is gone on with in the same way. */
  doneKeys: ReadonlySet<string>;
  tuning: Pick<Tuning, 'minDividedBytes'>;
}

const constraintKinds: ReadonlySet<string> = new Set(['CONSTRAINT', 'FK CONSTRAINT']);

export async function divideConstraints(
  items: readonly RestoreItem[],
  { source, tables, doneKeys, tuning: { minDividedBytes } }: DivideConstraintsInput,
): Promise<readonly RestoreItem[]> {
  const isLarge = ({ bytes }: Table) => minDividedBytes !== null && bytes >= minDividedBytes;
  const large = new Set(tables.filter(isLarge).map(({ oid }) => oid));
  const candidates = doneKeys.size === 0 ? [...large] : tables.map(({ oid }) => oid);
  if (candidates.length === 0) return items;
  const constraints = await readDivisibleConstraints(source, candidates);
  const shared = new Set(
    items.flatMap(({ locks }) => locks.filter(({ mode }) => mode === 'shared').map(({ table }) => table)),
  );
  return items.flatMap((item) => {
    const { kind, catalogId } = item.entry;
    const constraint = constraintKinds.has(kind) ? constraints.get(catalogId.oid) : undefined;
    if (constraint === undefined) return [item];
    const divided = divide(item, constraint, shared);
    const isBegun = divided.some(({ entry }) => doneKeys.has(keyOf(entry)));
    return isBegun || (large.has(constraint.table) && !doneKeys.has(keyOf(item.entry))) ? divided : [item];
  });
}

function divide(
  item: RestoreItem,
  constraint: DivisibleConstraint,
  tablesWithIndexes: ReadonlySet<number>,
): RestoreItem[] {
  // CLUSTER ON and the like would have to come last.
  if (splitStatements(item.entry.definition).length !== 1) return [item];
  if (constraint.kind === 'FOREIGN KEY') return divideForeignKey(item, constraint);
  return tablesWithIndexes.has(constraint.table) ? divideKey(item, constraint) : [item];
}

function divideKey(item: RestoreItem, constraint: DivisibleConstraint): RestoreItem[] {
  const { entry } = item;
  const { indexDefinition, tableSchema, tableName, kind, deferral } = constraint;
  if (indexDefinition === null) return [item];
  const name = pg.escapeIdentifier(constraint.name);
  const build: RestoreItem = {
    ...item,
    entry: {
      ...entry,
      dumpId: firstStepId(entry),
      kind: 'INDEX',
      tag: constraint.name,
      definition: `${indexDefinition};`,
      dropStatement: `DROP INDEX ${qualifiedName(tableSchema, constraint.name)};`,
    },
    locks: item.locks.map(({ table }) => ({ table, mode: 'shared' })),
  };
  const attach = `ALTER TABLE ONLY ${qualifiedName(tableSchema, tableName)}
    ADD CONSTRAINT ${name} ${kind} USING INDEX ${name}`;
  return [build, { ...secondStep(item, `${attach} ${deferral};`), isShort: true }];
}

function divideForeignKey(item: RestoreItem, constraint: DivisibleConstraint): RestoreItem[] {
  const { entry } = item;
  const { tableSchema, tableName, name } = constraint;
  const statement = entry.definition.trimEnd().replace(/;$/, '');
  const add: RestoreItem = {
    ...item,
    entry: { ...entry, dumpId: firstStepId(entry), definition: `${statement} NOT VALID;` },
    isShort: true,
  };
  const validation = secondStep(
    item,
    `ALTER TABLE ONLY ${qualifiedName(tableSchema, tableName)} VALIDATE CONSTRAINT ${pg.escapeIdentifier(name)};`,
  );
  return [
    add,
    {
      ...validation,
      // Taken back together with the constraint.
      entry: { ...validation.entry, dropStatement: '' },
      locks: item.locks.filter(({ table }) => table === constraint.table),
    },
  ];
}

function secondStep(item: RestoreItem, definition: string): RestoreItem {
  const { entry } = item;
  const first = firstStepId(entry);
  return {
    ...item,
    entry: { ...entry, definition, dependencies: [...entry.dependencies, first] },
    waitsFor: [...item.waitsFor, first],
  };
}

/** The archive's own ids are positive. */
function firstStepId({ dumpId }: ArchiveEntry): number {
  return -dumpId;
}
