/** pg_dump's words for the kinds of entry that are not treated like all others. */

interface Kind {
  readonly kind: string;
}

const settings: ReadonlySet<string> = new Set(['ENCODING', 'STDSTRINGS', 'SEARCHPATH']);
const privileges: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL']);
const afterPrivileges: ReadonlySet<string> = new Set(['EVENT TRIGGER', 'MATERIALIZED VIEW DATA']);
const descriptions: ReadonlySet<string> = new Set(['COMMENT', 'SECURITY LABEL']);

/** A setting for the sessions that restore, not an object. */
export function isSetting({ kind }: Kind): boolean {
  return settings.has(kind);
}

/** Grants and default privileges. */
export function isPrivilege({ kind }: Kind): boolean {
  return privileges.has(kind);
}

/** What runs users' code, which may need the privileges, or must not see the restore. */
export function comesAfterPrivileges({ kind, tag }: Kind & { readonly tag: string }): boolean {
  return afterPrivileges.has(kind) || (descriptions.has(kind) && tag.startsWith('EVENT TRIGGER '));
}

/** Comments and labels change no more than a line of the catalogue. */
export function isDescription({ kind }: Kind): boolean {
  return descriptions.has(kind);
}
