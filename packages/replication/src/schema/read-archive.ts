import { ReplicatorError } from '@seren-replicator/job-models';
import { ArchiveCursor } from './archive-cursor.ts';
import type { Archive, ArchiveEntry, ArchiveSection } from './archive.ts';

const MAGIC = 'PGDMP';
const CUSTOM_FORMAT = 1;
const HEADER_TIME_FIELDS = 7;
/** 1.14: pg_dump 12 to 15. 1.15: 16. 1.16: 17 and 18. */
const FIRST_KNOWN_MINOR = 14;
const LAST_KNOWN_MINOR = 16;
/** The compression's name replaced its level. */
const MINOR_WITH_COMPRESSION_NAME = 15;
const MINOR_WITH_RELKIND = 16;

const sections: ReadonlyMap<number, ArchiveSection> = new Map<number, ArchiveSection>([
  [1, 'none'],
  [2, 'pre-data'],
  [3, 'data'],
  [4, 'post-data'],
]);

/**
 * Reads the header and the table of contents of a pg_dump archive in custom format; rows, if any, are left alone.
 *
 * PostgreSQL's pg_backup_archiver.c (`ReadHead`, `ReadToc`) and pg_backup_custom.c (`_ReadExtraToc`).
 *
 * @throws ReplicatorError `schema_dump_failed` for anything but an archive of a known version.
 */
export function readArchive(bytes: Buffer): Archive {
  const cursor = new ArchiveCursor(bytes);
  const { minor, offsetSize } = readFormat(cursor);
  for (let field = 0; field < HEADER_TIME_FIELDS; field += 1) cursor.int();
  cursor.string(); // the database's name, as pg_dump was told it
  const serverVersion = cursor.string() ?? '';
  const dumpVersion = cursor.string() ?? '';
  const entryCount = cursor.int();
  const entries: ArchiveEntry[] = [];
  for (let index = 0; index < entryCount; index += 1) {
    entries.push(readEntry(cursor, minor));
    cursor.skip(1 + offsetSize); // where the entry's rows would be
  }
  return { formatVersion: `1.${minor}`, serverVersion, dumpVersion, entries };
}

function readFormat(cursor: ArchiveCursor): { minor: number; offsetSize: number } {
  if (cursor.ascii(MAGIC.length) !== MAGIC) throw unreadable('it is not a pg_dump archive');
  const major = cursor.byte();
  const minor = cursor.byte();
  cursor.byte(); // revision
  if (major !== 1 || minor < FIRST_KNOWN_MINOR || minor > LAST_KNOWN_MINOR) {
    throw unreadable(`its format version is ${major}.${minor}, which this release does not know`);
  }
  cursor.intSize = cursor.byte();
  const offsetSize = cursor.byte();
  if (cursor.byte() !== CUSTOM_FORMAT) throw unreadable('it is not in the custom format');
  if (minor >= MINOR_WITH_COMPRESSION_NAME) cursor.byte();
  else cursor.int();
  return { minor, offsetSize };
}

function readEntry(cursor: ArchiveCursor, minor: number): ArchiveEntry {
  const dumpId = cursor.int();
  cursor.int(); // whether the entry has rows
  const tableoid = Number(cursor.string());
  const oid = Number(cursor.string());
  const tag = cursor.string() ?? '';
  const kind = cursor.string() ?? '';
  const section = readSection(cursor.int());
  const definition = cursor.string() ?? '';
  const dropStatement = cursor.string() ?? '';
  cursor.string(); // the COPY statement for its rows
  const namespace = cursor.string();
  const tablespace = cursor.string();
  const tableAccessMethod = cursor.string();
  const relkindCode = minor >= MINOR_WITH_RELKIND ? cursor.int() : 0;
  const owner = cursor.string() ?? '';
  cursor.string(); // "with oids", of releases before 12
  return {
    dumpId,
    catalogId: { tableoid, oid },
    tag,
    kind,
    section,
    definition,
    dropStatement,
    namespace: namespace === '' ? null : namespace,
    tablespace,
    tableAccessMethod,
    relkind: relkindCode === 0 ? null : String.fromCharCode(relkindCode),
    owner,
    dependencies: readDependencies(cursor),
  };
}

function readSection(code: number): ArchiveSection {
  const section = sections.get(code);
  if (section === undefined) throw unreadable(`it holds the unknown section ${code}`);
  return section;
}

/** Numbers as strings, until a string that is none. */
function readDependencies(cursor: ArchiveCursor): number[] {
  const dependencies: number[] = [];
  for (let text = cursor.string(); text !== null; text = cursor.string()) dependencies.push(Number(text));
  return dependencies;
}

function unreadable(why: string): ReplicatorError {
  return new ReplicatorError(
    'schema_dump_failed',
    `The schema dump cannot be read: ${why}. Use the embedded pg_dump instead of the one on this machine.`,
  );
}
