import type { Session } from '../session/session.ts';

export interface ObjectAccess {
  objects: number;
  /** Of these, what this role may not read. */
  unreadable: number;
  /** The lowest oids of those. */
  firstUnreadable: number[];
}

const FIRST_WITH_PRIVILEGE_FUNCTION = 180_000;
const MAX_NAMED = 5;

/** How many large objects there are, and whether this role may read them all. */
export async function readObjectAccess(session: Session, versionNum: number): Promise<ObjectAccess> {
  const row = await session.queryOne<{ objects: string; unreadable: string; first: string[] }>(
    'check privileges on large objects',
    `WITH unreadable AS MATERIALIZED (
       SELECT o.oid FROM pg_catalog.pg_largeobject_metadata AS o
       WHERE pg_catalog.current_setting('lo_compat_privileges') = 'off' AND NOT (${mayRead(versionNum)}))
     SELECT (SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_largeobject_metadata) AS objects,
            (SELECT pg_catalog.count(*)::text FROM unreadable) AS unreadable,
            ARRAY(SELECT oid::text FROM unreadable ORDER BY unreadable.oid LIMIT ${MAX_NAMED}) AS first`,
  );
  return {
    objects: Number(row.objects),
    unreadable: Number(row.unreadable),
    firstUnreadable: row.first.map(Number),
  };
}

/** Superusers are members of every role. */
function mayRead(versionNum: number): string {
  if (versionNum >= FIRST_WITH_PRIVILEGE_FUNCTION)
    return `pg_catalog.has_largeobject_privilege(o.oid, 'SELECT')`;
  return `EXISTS (
    SELECT FROM pg_catalog.aclexplode(coalesce(o.lomacl, pg_catalog.acldefault('L', o.lomowner))) AS item
    WHERE item.privilege_type = 'SELECT' AND (item.grantee = 0 OR pg_catalog.pg_has_role(item.grantee, 'USAGE')))
    OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)`;
}
