/**
 * Access privileges as data, and back as statements. Only what an object's ACL says is granted; what its kind gives
 * by default is for the caller to take away first.
 *
 * https://www.postgresql.org/docs/current/ddl-priv.html
 */
import pg from 'pg';

/** One privilege of one grantee. */
export interface AclItem {
  /** Unquoted role names; null stands for PUBLIC. */
  grantor: string;
  grantee: string | null;
  privilege: string;
  isGrantable: boolean;
}

/** SQL for a JSON array of AclItem from an ACL column. */
export function aclAsJson(acl: string): string {
  return `(SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
             'grantor', pg_catalog.pg_get_userbyid(item.grantor),
             'grantee', CASE item.grantee WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(item.grantee) END,
             'privilege', item.privilege_type, 'isGrantable', item.is_grantable)
             ORDER BY item.grantor, item.grantee, item.privilege_type)
           FROM pg_catalog.aclexplode(${acl}) AS item)`;
}

/**
 * Statements that grant an ACL's items, each by the role that granted it, whose own grant comes first.
 *
 * @param object as GRANT names it: `DATABASE "a"`, `LARGE OBJECT 1, 2`
 * @param owner who may grant without having been granted; unquoted
 */
export function grantStatements(object: string, owner: string, items: readonly AclItem[]): string[] {
  const statements: string[] = [];
  for (const [grantor, granted] of inGrantingOrder(owner, items)) {
    const grants = [...groupItems(granted)].map(
      ([to, privileges]) => `GRANT ${privileges.join(', ')} ON ${object} TO ${to}`,
    );
    if (grantor === owner) statements.push(...grants);
    else statements.push(`SET ROLE ${pg.escapeIdentifier(grantor)}`, ...grants, 'RESET ROLE');
  }
  return statements;
}

/** Whom with which option → which privileges. */
function groupItems(items: readonly AclItem[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { grantee, privilege, isGrantable } of items) {
    const name = grantee === null ? 'PUBLIC' : pg.escapeIdentifier(grantee);
    const to = isGrantable ? `${name} WITH GRANT OPTION` : name;
    groups.set(to, [...(groups.get(to) ?? []), privilege]);
  }
  return groups;
}

/** By grantor: the owner, then those whom earlier grantors gave a grant option, and so on. */
function inGrantingOrder(owner: string, items: readonly AclItem[]): [string, AclItem[]][] {
  const order: [string, AclItem[]][] = [];
  const reached = new Set([owner]);
  for (const grantor of reached) {
    const granted = items.filter((item) => item.grantor === grantor);
    if (granted.length > 0) order.push([grantor, granted]);
    for (const { grantee, isGrantable } of granted) if (isGrantable && grantee !== null) reached.add(grantee);
  }
  return order;
}
