import type { RoleNeeds } from '../catalog/read-role-needs.ts';

export interface RequiredRoles {
  /** Whom the target's role has to act for: owners of objects or default privileges, and grantors. */
  principals: ReadonlySet<string>;
  /** These and all others that statements of the copy name. */
  all: ReadonlySet<string>;
}

/** The roles without which a database cannot be copied in the way that was asked for. */
export function requiredRoles(
  needs: RoleNeeds,
  { no_owner, no_acl }: { no_owner: boolean; no_acl: boolean },
): RequiredRoles {
  const principals = new Set([
    ...(no_owner ? [] : needs.owners.map(({ role }) => role)),
    ...(no_acl ? [] : [...needs.defaultPrivileges, ...needs.grantors]),
  ]);
  return { principals, all: new Set([...principals, ...(no_acl ? [] : needs.granted), ...needs.named]) };
}
