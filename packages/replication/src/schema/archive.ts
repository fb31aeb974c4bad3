/**
 * The schema as it travels: the table of contents of a pg_dump archive in custom format. Its structure (what each
 * entry is, whom it belongs to, what it depends on) spares us from reading SQL.
 *
 * PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c, `TocEntry` and `ArchiveHandle`.
 */

/** `none`: comments, grants and labels; they go where the entries around them go. `data` does not occur here. */
export type ArchiveSection = 'none' | 'pre-data' | 'data' | 'post-data';

/** One object, or one property of an object, of the dumped database. */
export interface ArchiveEntry {
  /** Identifies the entry within its archive; positive. */
  readonly dumpId: number;
  /** The object's catalogue row at the source: oid of the catalogue, oid of the row. Zeros when it has none. */
  readonly catalogId: { readonly tableoid: number; readonly oid: number };
  /** The object's name as people see it, unquoted; for functions with their argument types. */
  readonly tag: string;
  /** pg_dump's word for what it is: `TABLE`, `FK CONSTRAINT`, `MATERIALIZED VIEW DATA`, … */
  readonly kind: string;
  readonly section: ArchiveSection;
  /**
   * SQL that creates it: none, one or several statements. User mappings and subscriptions hold passwords: never show
   * a definition in a log or an error, but kind and tag.
   */
  readonly definition: string;
  /** SQL that drops it; empty for what has no existence of its own. */
  readonly dropStatement: string;
  /** Its schema, unquoted; null for objects outside of schemas. */
  readonly namespace: string | null;
  /** Null: does not apply. Empty: the database's default tablespace. */
  readonly tablespace: string | null;
  readonly tableAccessMethod: string | null;
  /** `pg_class.relkind` of a relation (`r`, `p`, `m`, …); null when unknown (archives before 1.16) or no relation. */
  readonly relkind: string | null;
  /** Unquoted; empty when it has none. */
  readonly owner: string;
  /** Dump ids of the entries that must exist first. Some may not be in the archive. */
  readonly dependencies: readonly number[];
}

export interface Archive {
  /** The archive format's own version, such as `1.16`. */
  readonly formatVersion: string;
  /** The source server's version as it names itself, such as `15.18 (Debian 15.18-0+deb12u1)`. */
  readonly serverVersion: string;
  /** The version of the pg_dump that wrote it. */
  readonly dumpVersion: string;
  /** In the order in which they can be restored one after the other. */
  readonly entries: readonly ArchiveEntry[];
}
