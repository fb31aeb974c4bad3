import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { runTasks, type Task } from '../schedule/run-tasks.ts';
import type { Lane } from '../snapshot/lane.ts';

/**
 * Gathers the planner's statistics on the target, several tables at a time. Partitioned tables are named by their
 * root alone: ANALYZE goes down to the leaves from there, and gathers the statistics of the whole tree too.
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
    `SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name,
            coalesce((SELECT pg_catalog.sum(pg_catalog.pg_relation_size(relid)) FROM pg_catalog.pg_partition_tree(c.oid)),
                     pg_catalog.pg_relation_size(c.oid))::text AS bytes
     FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
  );
}
