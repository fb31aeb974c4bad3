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

export interface AclStatementsInput {
  /** As GRANT names it: `DATABASE "a"`, `LARGE OBJECT 1, 2` */
  object: string;
  /** At the source; unquoted. */
  owner: string;
  /** Who owns the object on the target, if that is not the same; unquoted. */
  newOwner: string | null;
  items: readonly AclItem[];
  /** Everybody has privileges on a new object of this kind. */
  isOpenByDefault: boolean;
}

/**
 * Statements that give an object no privileges but those of an ACL, each item granted by whoever granted it, whose own
 * grant comes first. Each text stands for itself.
 */
export function aclStatements(input: AclStatementsInput): string[] {
  const { object, owner, newOwner, isOpenByDefault } = input;
  const statements = isOpenByDefault ? [`REVOKE ALL ON ${object} FROM PUBLIC`] : [];
  if (newOwner !== null) {
    // What the old owner had as such, and granted, is the new one's.
    const items = input.items
      .filter(({ grantee }) => grantee !== owner)
      .map((item) => (item.grantor === owner ? { ...item, grantor: newOwner } : item));
    return [...statements, ...grantStatements(object, newOwner, items)];
  }
  statements.push(`REVOKE ALL ON ${object} FROM ${pg.escapeIdentifier(owner)}`);
  return [...statements, ...grantStatements(object, owner, input.items)];
}

/** @param owner may grant without having been granted */
function grantStatements(object: string, owner: string, items: readonly AclItem[]): string[] {
  return inGrantingOrder(owner, items).flatMap(([grantor, granted]) =>
    [...groupItems(granted)].map(([to, privileges]) => {
      const grant = `GRANT ${privileges.join(', ')} ON ${object} TO ${to}`;
      return grantor === owner ? grant : `SET ROLE ${pg.escapeIdentifier(grantor)}; ${grant}; RESET ROLE`;
    }),
  );
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
