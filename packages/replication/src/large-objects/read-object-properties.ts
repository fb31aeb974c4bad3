import { aclAsJson, type AclItem } from '../grants/acl.ts';
import type { Session } from '../session/session.ts';
import type { LargeObjectPart } from './plan-object-parts.ts';

/** What a large object has besides its contents. */
export interface ObjectProperties {
  oid: number;
  /** Unquoted. */
  owner: string;
  /** Null: as its kind is by default, all to the owner. */
  acl: AclItem[] | null;
  comment: string | null;
  labels: { provider: string; label: string }[];
}

/** Those of a part's objects that are not what a new object of `newOwner` is. */
export async function readObjectProperties(
  source: Session,
  { after, upTo }: LargeObjectPart,
  newOwner: string,
): Promise<ObjectProperties[]> {
  const rows = await source.query<Omit<ObjectProperties, 'oid'> & { oid: string }>(
    'read properties of large objects',
    `SELECT * FROM (
       SELECT o.oid::int8::text AS oid, pg_catalog.pg_get_userbyid(o.lomowner)::text AS owner,
              CASE WHEN o.lomacl IS NOT NULL THEN coalesce(${aclAsJson('o.lomacl')}, '[]') END AS acl,
              pg_catalog.obj_description(o.oid, 'pg_largeobject') AS comment,
              coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('provider', provider, 'label', label))
                        FROM pg_catalog.pg_seclabel
                        WHERE objoid = o.oid AND classoid = 'pg_catalog.pg_largeobject'::regclass), '[]') AS labels
       FROM pg_catalog.pg_largeobject_metadata AS o
       WHERE o.oid > $1 AND o.oid <= $2) AS object
     WHERE owner <> $3 OR acl IS NOT NULL OR comment IS NOT NULL OR labels::text <> '[]'
     ORDER BY oid`,
    [after, upTo, newOwner],
  );
  return rows.map((row) => ({ ...row, oid: Number(row.oid) }));
}
