/** The columns of a followed table, as they were copied and as they are on both sides now. */
import pg from 'pg';
import { labelOf, sqlNameOf } from '../catalog/quote.ts';
import type { FollowedTable } from '../sync/sync-record.ts';
import type { Drift } from './drift.ts';
import type { ColumnNow, TableNow } from './read-tables-now.ts';

type Columns = ReadonlyMap<string, ColumnNow>;

interface Sides {
  /** Of the partitioned table on top, for a partition: that is where columns are changed. */
  label: string;
  alter: string;
  copied: ReadonlyMap<string, string>;
  source: Columns;
  target: Columns;
}

/** Only what is different now: what was changed in the same way on both sides is followed. */
export function compareColumns(copied: FollowedTable, source: TableNow, target: TableNow): Drift[] {
  const sides: Sides = {
    label: labelOf(source.root),
    alter: `ALTER TABLE ${sqlNameOf(target.root)}`,
    copied: new Map(copied.columns.map(({ name, type }) => [name, type])),
    source: byName(source),
    target: byName(target),
  };
  const onSource = source.columns.map((column) => compareColumn(sides, column));
  const onTargetOnly = target.columns.filter(({ name }) => !sides.source.has(name));
  return [...onSource, ...onTargetOnly.map((column) => judgeExtra(sides, column))].filter(
    (drift) => drift !== null,
  );
}

function byName({ columns }: TableNow): Columns {
  return new Map(columns.map((column) => [column.name, column]));
}

function compareColumn(sides: Sides, column: ColumnNow): Drift | null {
  const { copied, target, label, alter } = sides;
  const object = `column ${label}.${column.name}`;
  const there = target.get(column.name);
  const quoted = pg.escapeIdentifier(column.name);
  if (there === undefined) {
    const wasCopied = copied.has(column.name);
    return {
      object,
      difference: wasCopied ? 'was dropped on the target' : `was added on the source (${column.type})`,
      fix: wasCopied
        ? `${addColumn(sides, column)} /* on the target; the values that it had are on the source alone */`
        : `${addColumn(sides, column)} /* on the target */${hintRename(sides, column)}`,
    };
  }
  if (there.type === column.type && there.isGenerated === column.isGenerated) return null;
  if (there.isGenerated !== column.isGenerated) {
    return {
      object,
      difference: `is worked out by the ${column.isGenerated ? 'source' : 'target'} alone`,
      fix: `${alter} DROP COLUMN ${quoted}; ${addColumn(sides, column)} /* on the target */`,
    };
  }
  const side = copied.get(column.name) === column.type ? 'target' : 'source';
  return {
    object,
    difference: `has changed its type on the ${side}: ${column.type} on the source, ${there.type} on the target`,
    fix: `${alter} ALTER COLUMN ${quoted} TYPE ${column.type} USING ${quoted}::${column.type}; /* on the target */`,
  };
}

/** Without NOT NULL where the rows that are there have no value yet. */
function addColumn({ alter }: Sides, { name, definition, isNotNull, isOptional }: ColumnNow): string {
  const quoted = pg.escapeIdentifier(name);
  const add = `${alter} ADD COLUMN IF NOT EXISTS ${quoted} ${definition}`;
  if (!isNotNull) return `${add};`;
  return isOptional
    ? `${add} NOT NULL;`
    : `${add}; /* and, when its values are there: ${alter} ALTER COLUMN ${quoted} SET NOT NULL; */`;
}

function hintRename({ copied, source, target, alter }: Sides, column: ColumnNow): string {
  const candidates = [...copied].filter(
    ([name, type]) => type === column.type && !source.has(name) && target.has(name),
  );
  const renames = candidates.map(
    ([name]) => `${alter} RENAME COLUMN ${pg.escapeIdentifier(name)} TO ${pg.escapeIdentifier(column.name)};`,
  );
  return renames.length === 0 ? '' : ` /* if it was renamed, instead: ${renames.join(' or ')} */`;
}

function judgeExtra({ copied, label, alter }: Sides, column: ColumnNow): Drift | null {
  const wasCopied = copied.has(column.name);
  const stops = column.isOptional ? '' : '; rows without a value for it cannot be applied';
  return {
    object: `column ${label}.${column.name}`,
    difference: `${wasCopied ? 'was dropped on the source' : 'is only on the target'}${stops}`,
    fix: `${alter} DROP COLUMN IF EXISTS ${pg.escapeIdentifier(column.name)}; /* on the target */`,
  };
}
