/** pg_dump's words for the kinds of entry that are not treated like all others. */

interface Named {
  readonly kind: string;
  readonly tag: string;
}

const settings: ReadonlySet<string> = new Set(['ENCODING', 'STDSTRINGS', 'SEARCHPATH']);
const databases: ReadonlySet<string> = new Set(['DATABASE', 'DATABASE PROPERTIES']);
const privileges: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL']);
const afterPrivileges: ReadonlySet<string> = new Set(['EVENT TRIGGER', 'MATERIALIZED VIEW DATA']);
const descriptions: ReadonlySet<string> = new Set(['COMMENT', 'SECURITY LABEL']);
/** Entries whose tag names the kind and the name of the object that they are about. */
const properties: ReadonlySet<string> = new Set(['ACL', ...descriptions]);
const relationsWithColumns: ReadonlySet<string> = new Set(['TABLE', 'FOREIGN TABLE', 'MATERIALIZED VIEW']);

/** A setting for the sessions that restore, not an object. */
export function isSetting({ kind }: Named): boolean {
  return settings.has(kind);
}

/** The database itself, its settings, its comment and its grants. */
export function isAboutDatabase({ kind, tag }: Named): boolean {
  return databases.has(kind) || (properties.has(kind) && tag.startsWith('DATABASE '));
}

/** Grants and default privileges. */
export function isPrivilege({ kind }: Named): boolean {
  return privileges.has(kind);
}

/** The contents of a materialised view. */
export function isRefresh({ kind }: Named): boolean {
  return kind === 'MATERIALIZED VIEW DATA';
}

/** What runs users' code, which may need the privileges, or must not see the restore. */
export function comesAfterPrivileges({ kind, tag }: Named): boolean {
  return afterPrivileges.has(kind) || (descriptions.has(kind) && tag.startsWith('EVENT TRIGGER '));
}

/** Comments and labels change no more than a line of the catalogue. */
export function isDescription({ kind }: Named): boolean {
  return descriptions.has(kind);
}

/** What can have options of single columns. */
export function hasColumnOptions({ kind }: Named): boolean {
  return relationsWithColumns.has(kind);
}
