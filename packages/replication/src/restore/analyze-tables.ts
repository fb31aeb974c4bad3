import type { SkippedObject } from '@seren-replicator/job-models';
import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { runTasks, type Task } from '../schedule/run-tasks.ts';
import type { Lanes } from '../snapshot/with-lanes.ts';
import type { Lane } from '../snapshot/lane.ts';
import { attemptStatements } from './attempt-statements.ts';

/**
 * Gathers the planner's statistics on the target, several tables at a time. Partitioned tables are named by their
 * root alone: ANALYZE goes down to the leaves from there, and gathers the statistics of the whole tree too. It would go
 * to other servers where a tree has foreign tables, which the target may not reach: of such trees only the rest is named.
 *
 * https://www.postgresql.org/docs/current/sql-analyze.html
 *
 * @returns what has no statistics: a copy is complete without them
 */
export async function analyzeTables(lanes: Lanes): Promise<SkippedObject[]> {
  const tables = await listTablesToAnalyze(lanes[0].target);
  const skipped = tables.filter(isAboveForeign).map(describeTree);
  const tasks = tables
    .filter((table) => !isAboveForeign(table))
    .map<Task<Lane>>(({ oid, schema, name, bytes }) => ({
      id: oid,
      weight: Number(bytes),
      waitsFor: new Set(),
      locks: new Map(),
      run: async ({ target }) => {
        const object = `statistics of ${schema}.${name}`;
        const attempts = [{ object, sql: `ANALYZE ${qualifiedName(schema, name)}` }];
        const refusals = await attemptStatements(target, 'gather statistics', attempts);
        skipped.push(...refusals.map(({ reason }) => ({ object, reason })));
      },
    }));
  await runTasks(lanes, tasks);
  return skipped;
}

function isAboveForeign({ is_above_foreign }: TableToAnalyze): boolean {
  return is_above_foreign;
}

function describeTree({ schema, name }: TableToAnalyze): SkippedObject {
  return {
    object: `statistics of ${schema}.${name} with its partitions and children`,
    reason: `some of them are foreign tables; run ANALYZE ${qualifiedName(schema, name)} once their servers can be reached`,
  };
}

interface TableToAnalyze {
  oid: string;
  schema: string;
  name: string;
  bytes: string;
  /** It has foreign tables below it: ANALYZE would ask their servers. */
  is_above_foreign: boolean;
}

async function listTablesToAnalyze(target: Session): Promise<TableToAnalyze[]> {
  return target.query<TableToAnalyze & Record<string, string | boolean>>(
    'list tables',
    `WITH RECURSIVE above_foreign AS (
       SELECT i.inhparent AS oid
       FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS f ON f.oid = i.inhrelid
       WHERE f.relkind = 'f'
       UNION
       SELECT i.inhparent FROM pg_catalog.pg_inherits AS i JOIN above_foreign AS a ON a.oid = i.inhrelid
     )
     SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name,
            coalesce((SELECT pg_catalog.sum(pg_catalog.pg_relation_size(relid)) FROM pg_catalog.pg_partition_tree(c.oid)),
                     pg_catalog.pg_relation_size(c.oid))::text AS bytes,
            c.oid IN (SELECT oid FROM above_foreign) AS is_above_foreign
     FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
       AND (NOT c.relispartition
            OR EXISTS (SELECT FROM pg_catalog.pg_inherits AS i JOIN above_foreign AS a ON a.oid = i.inhparent
                       WHERE i.inhrelid = c.oid))
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
  );
}
