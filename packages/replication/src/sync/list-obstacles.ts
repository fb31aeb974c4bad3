import type { ObjectName } from '../catalog/quote.ts';
import { CANNOT_BE_FULL, LACKS_IDENTITY } from '../catalog/sync-questions.ts';
import type { Session } from '../session/session.ts';

export interface Obstacle extends ObjectName {
  /** Its changes are in no log. */
  isUnlogged: boolean;
  /** Published, its rows could not be updated any more. */
  lacksIdentity: boolean;
  /** Not even by its whole rows, because of generated columns. */
  cannotBeFull: boolean;
  /** Its owner has said so: REPLICA IDENTITY NOTHING. */
  isNothing: boolean;
}

/** Tables that cannot be followed as they are, by oid; partitioned ones too, which some are followed through. */
export async function listObstacles(source: Session): Promise<Map<number, Obstacle>> {
  const rows = await source.query<{ oid: string } & Obstacle>(
    'look for tables that cannot be followed',
    `SELECT q.* FROM (
       SELECT r.oid::int8::text AS oid, n.nspname AS schema, r.relname AS name, r.relpersistence = 'u' AS "isUnlogged",
              ${LACKS_IDENTITY} AS "lacksIdentity", ${CANNOT_BE_FULL} AS "cannotBeFull",
              r.relreplident = 'n' AS "isNothing"
       FROM pg_catalog.pg_class AS r JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
       WHERE r.relkind IN ('r', 'p') AND r.oid >= 16384) AS q
     WHERE q."isUnlogged" OR q."lacksIdentity"`,
  );
  return new Map(rows.map(({ oid, ...obstacle }) => [Number(oid), obstacle]));
}
