/**
 * Tables of the source that nobody follows, and that the filters of the copy would have taken in: they have come into
 * being since. The filters are in the record, as what was asked for.
 */
import pg from 'pg';
import { labelOf, sqlNameOf } from '../catalog/quote.ts';
import { isInScope, type TableRules } from '../scope/resolve-rules.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import type { Drift, Follower, TablesNow } from './drift.ts';
import { BEGIN_ANEW } from './judgement.ts';
import type { TableNow } from './read-tables-now.ts';

export interface NewTablesInput {
  record: SyncRecord;
  /** Of the copy, held against the tables of now. */
  rules: TableRules;
  tables: TablesNow;
}

export function findNewTables({ record, rules, tables }: NewTablesInput): Drift[] {
  const known = new Set([
    ...record.tables.map(labelOf),
    ...record.leftOut.map(({ object }) => object.replace(/^table /, '')),
  ]);
  return [...tables.source.values()].flatMap((table) => {
    const label = labelOf(table);
    if (known.has(label) || !isInScope(rules, table.oid) || rules.schemaOnly.has(table.oid)) return [];
    const isThere = tables.target.has(label);
    return isThere && table.isPublished ? [] : [describeNew(record, table, isThere)];
  });
}

function describeNew(follower: Follower, table: TableNow, isThere: boolean): Drift {
  const object = `table ${labelOf(table)}`;
  if (table.isUnlogged) {
    return {
      object,
      difference: 'is new on the source, and unlogged: its changes are in no log',
      fix: `ALTER TABLE ${sqlNameOf(table)} SET LOGGED; /* on the source */`,
    };
  }
  return {
    object,
    difference: `is new on the source${table.isPublished ? '' : ' and not published'}${isThere ? '' : ', and not on the target'}`,
    fix: describeSteps(follower, table, isThere),
  };
}

/** A subscription copies the rows of a table that it learns of; with the other method they are copied by hand. */
function describeSteps({ name, method }: Follower, table: TableNow, isThere: boolean): string {
  const quoted = pg.escapeIdentifier(name);
  const steps = isThere ? [] : [`create it on the target (pg_dump --schema-only -t '${sqlNameOf(table)}')`];
  if (!table.isPublished) {
    steps.push(`ALTER PUBLICATION ${quoted} ADD TABLE ONLY ${sqlNameOf(table)}; /* on the source */`);
  }
  if (method === 'subscription') {
    steps.push(
      `ALTER SUBSCRIPTION ${quoted} REFRESH PUBLICATION; /* on the target, which copies its rows */`,
    );
    return steps.join(' then ');
  }
  return `${steps.join(' then ')} before rows are written to it; if it has rows already: ${BEGIN_ANEW}`;
}
