import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { runTasks, type Task } from '../schedule/run-tasks.ts';
import type { Lane } from '../snapshot/lane.ts';

/**
 * Gathers the planner's statistics on the target, several tables at a time. Partitioned tables are named by their
 * root alone: ANALYZE goes down to the leaves from there, and gathers the statistics of the whole tree too. It would go
 * to other servers where a tree has foreign tables, which the target may not reach: of such trees only the rest is named.
 *
 * https://www.postgresql.org/docs/current/sql-analyze.html
 */
export async function analyzeTables(lanes: readonly Lane[]): Promise<void> {
  const [first] = lanes;
  if (first === undefined) return;
  const tables = await listTablesToAnalyze(first.target);
  await runTasks(
    lanes,
    tables.map<Task<Lane>>(({ oid, schema, name, bytes }) => ({
      id: oid,
      weight: Number(bytes),
      waitsFor: new Set(),
      locks: new Map(),
      run: ({ target }) =>
        target.execute(`analyze ${schema}.${name}`, `ANALYZE ${qualifiedName(schema, name)}`),
    })),
  );
}

interface TableToAnalyze {
  oid: string;
  schema: string;
  name: string;
  bytes: string;
}

async function listTablesToAnalyze(target: Session): Promise<TableToAnalyze[]> {
  return target.query<TableToAnalyze & Record<string, string>>(
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
                     pg_catalog.pg_relation_size(c.oid))::text AS bytes
     FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
       AND c.oid NOT IN (SELECT oid FROM above_foreign)
       AND (NOT c.relispartition
            OR EXISTS (SELECT FROM pg_catalog.pg_inherits AS i JOIN above_foreign AS a ON a.oid = i.inhparent
                       WHERE i.inhrelid = c.oid))
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
  );
}
