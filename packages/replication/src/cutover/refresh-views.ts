/** Materialised views hold what their query gave when they were last filled: the change stream does not touch them. */
import { ReplicatorError } from '@seren-replicator/job-models';
import { sqlNameOf, labelOf, type ObjectName } from '../catalog/quote.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';

export interface MaterializedView extends ObjectName {
  isPopulated: boolean;
  bytes: number;
}

/** Those of users, each after all that it reads from, be it through other views. */
async function listMaterializedViews(session: Session): Promise<MaterializedView[]> {
  const rows = await session.query<{
    schema: string;
    name: string;
    is_populated: boolean;
    bytes: string;
  }>(
    'list materialized views',
    `WITH RECURSIVE views AS (
       SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind, c.relispopulated
       FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')),
     uses AS (
       SELECT DISTINCT r.ev_class AS reader, d.refobjid AS used
       FROM pg_catalog.pg_rewrite AS r
       JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
         AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
       WHERE r.ev_class IN (SELECT oid FROM views) AND d.refobjid IN (SELECT oid FROM views)),
     depths AS (
       SELECT oid, 0 AS depth FROM views
       UNION
       SELECT u.reader, p.depth + 1 FROM depths AS p JOIN uses AS u ON u.used = p.oid)
     SELECT v.schema, v.name, v.relispopulated AS is_populated,
            coalesce(pg_catalog.pg_total_relation_size(v.oid), 0)::text AS bytes
     FROM views AS v JOIN depths AS p ON p.oid = v.oid
     WHERE v.relkind = 'm' AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_depend AS e
       WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = v.oid AND e.deptype = 'e')
     GROUP BY v.oid, v.schema, v.name, v.relispopulated
     ORDER BY pg_catalog.max(p.depth), v.oid`,
  );
  return rows.map(({ schema, name, is_populated, bytes }) => ({
    schema,
    name,
    isPopulated: is_populated,
    bytes: Number(bytes),
  }));
}

/** The target's views that are filled on the source, in the order in which they can be refreshed. */
export async function listViewsToRefresh({ source, target }: Servers): Promise<MaterializedView[]> {
  const onSource = await source.withSession(listMaterializedViews);
  const filled = new Set(onSource.filter(({ isPopulated }) => isPopulated).map(sqlNameOf));
  const onTarget = await target.withSession(listMaterializedViews);
  return onTarget.filter((view) => filled.has(sqlNameOf(view)));
}

/**
 * Fills them anew. One that the copy could not fill either is passed over.
 *
 * @returns those that were passed over, with the reason
 */
export async function refreshViews(target: Session, views: readonly MaterializedView[]): Promise<string[]> {
  const passedOver: string[] = [];
  for (const view of views) {
    try {
      await target.execute(
        `refresh the materialized view ${labelOf(view)}`,
        `REFRESH MATERIALIZED VIEW ${sqlNameOf(view)}`,
      );
    } catch (error) {
      if (view.isPopulated || !(error instanceof ReplicatorError) || error.code !== 'query_failed')
        throw error;
      passedOver.push(`${labelOf(view)}: ${error.message}`);
    }
  }
  return passedOver;
}
