/** What has changed in the schema of followed tables since they were copied, against both sides as they are now. */
import pg from 'pg';
import { labelOf, sqlNameOf } from '../catalog/quote.ts';
import type { FollowedTable, SyncRecord } from '../sync/sync-record.ts';
import { compareColumns } from './compare-columns.ts';
import type { Drift, Follower, TablesNow } from './drift.ts';
import { BEGIN_ANEW } from './judgement.ts';
import type { TableNow } from './read-tables-now.ts';

/** Partitions of one table differ in the same way: that is told once. */
export function compareTables(record: SyncRecord, tables: TablesNow): Drift[] {
  const drifts = record.tables.flatMap((table) => compareTable(record, table, tables));
  return [...new Map(drifts.map((drift) => [JSON.stringify(drift), drift])).values()];
}

function compareTable(record: SyncRecord, followed: FollowedTable, { source, target }: TablesNow): Drift[] {
  const label = labelOf(followed);
  const there = source.get(label);
  const here = target.get(label);
  if (there === undefined) {
    return here === undefined ? [] : [describeGone(record, followed, source)];
  }
  if (here === undefined) return [describeMissing(record, followed)];
  return [...compareColumns(followed, there, here), ...judgeIdentity(there)];
}

function describeGone(
  record: SyncRecord,
  followed: FollowedTable,
  source: ReadonlyMap<string, TableNow>,
): Drift {
  const drop = `DROP TABLE IF EXISTS ${sqlNameOf(followed)}; /* on the target */`;
  const renamed = findRenamed(record, followed, source);
  return {
    object: `table ${labelOf(followed)}`,
    difference: `was dropped or renamed on the source`,
    fix:
      renamed === undefined
        ? drop
        : `${drop} /* if it was renamed, instead: ${renameOf(record, followed, renamed)} */`,
  };
}

/** A published table that was not copied under its name, and looks as this one did. */
function findRenamed(
  { tables }: SyncRecord,
  { columns }: FollowedTable,
  source: ReadonlyMap<string, TableNow>,
): TableNow | undefined {
  const known = new Set(tables.map(labelOf));
  const wanted = JSON.stringify(columns.map(({ name, type }) => [name, type]));
  return [...source].find(([label, table]) => {
    const own = table.columns.filter(({ isGenerated }) => !isGenerated);
    return (
      table.isPublished &&
      !known.has(label) &&
      JSON.stringify(own.map(({ name, type }) => [name, type])) === wanted
    );
  })?.[1];
}

function renameOf(follower: Follower, from: FollowedTable, to: TableNow): string {
  const steps: string[] = [];
  if (from.schema !== to.schema) {
    steps.push(`ALTER TABLE ${sqlNameOf(from)} SET SCHEMA ${pg.escapeIdentifier(to.schema)};`);
  }
  if (from.name !== to.name) {
    const moved = sqlNameOf({ schema: to.schema, name: from.name });
    steps.push(`ALTER TABLE ${moved} RENAME TO ${pg.escapeIdentifier(to.name)};`);
  }
  return [...steps, ...refreshOf(follower)].join(' ');
}

/** Without its rows: they are there. */
function refreshOf({ name, method }: Follower): string[] {
  return method === 'subscription'
    ? [`ALTER SUBSCRIPTION ${pg.escapeIdentifier(name)} REFRESH PUBLICATION WITH (copy_data = false);`]
    : [];
}

function describeMissing(follower: Follower, followed: FollowedTable): Drift {
  const leave = `ALTER PUBLICATION ${pg.escapeIdentifier(follower.name)} DROP TABLE ONLY ${sqlNameOf(followed)}; /* on the source */`;
  const refresh = refreshOf(follower).map((statement) => `${statement} /* on the target */`);
  return {
    object: `table ${labelOf(followed)}`,
    difference: 'was dropped or renamed on the target: its changes cannot be applied',
    fix: `${BEGIN_ANEW}; to go on without it: ${[leave, ...refresh].join(' ')}`,
  };
}

/** Published, and without one: the server refuses to update its rows. */
function judgeIdentity(table: TableNow): Drift[] {
  if (!table.lacksIdentity || !table.isPublished) return [];
  const name = sqlNameOf(table);
  return [
    {
      object: `table ${labelOf(table)}`,
      difference: 'has lost its replica identity: the source refuses UPDATE and DELETE on it',
      // Generated columns are not published, and FULL would take them in.
      fix: table.columns.some(({ isGenerated }) => isGenerated)
        ? `/* on the source: make a primary key of other than generated columns for ${name} */`
        : `ALTER TABLE ONLY ${name} REPLICA IDENTITY FULL; /* on the source; a primary key is better */`,
    },
  ];
}
