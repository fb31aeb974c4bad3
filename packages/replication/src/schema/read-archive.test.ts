import { describe, expect, test } from '@jest/globals';
import { readArchive } from './read-archive.ts';

/** Writes what pg_backup_archiver.c writes: an archive of one entry, in the layout of a format version. */
function writeArchive(minor: number, offsetSize = 8): Buffer {
  const parts: Buffer[] = [Buffer.from('PGDMP'), Buffer.from([1, minor, 0, 4, offsetSize, 1])];
  const int = (value: number): void => {
    const bytes = Buffer.alloc(5);
    bytes.writeUInt8(value < 0 ? 1 : 0);
    bytes.writeUInt32LE(Math.abs(value), 1);
    parts.push(bytes);
  };
  const string = (text: string | null): void => {
    const bytes = Buffer.from(text ?? '');
    int(text === null ? -1 : bytes.length);
    parts.push(bytes);
  };
  if (minor >= 15) parts.push(Buffer.from([0]));
  else int(0);
  for (let field = 0; field < 7; field += 1) int(field);
  for (const text of ['shop', '17.2', '18.3']) string(text);
  int(1); // entries
  int(300); // dump id
  int(0); // has no rows
  for (const text of ['1259', '4294967295', 'Grüße "x"\n', 'TABLE']) string(text);
  int(2); // section
  for (const text of ['CREATE …;', 'DROP …;', null, 'public', '', 'heap']) string(text);
  if (minor >= 16) int('p'.charCodeAt(0));
  for (const text of ['owner', 'false', '7', '12', null]) string(text);
  parts.push(Buffer.alloc(1 + offsetSize, 0xff));
  return Buffer.concat(parts);
}

describe('an archive', () => {
  test.each([14, 15, 16])('of format 1.%i is read', (minor) => {
    const archive = readArchive(writeArchive(minor));
    expect(archive).toEqual({
      formatVersion: `1.${minor}`,
      serverVersion: '17.2',
      dumpVersion: '18.3',
      entries: [
        {
          dumpId: 300,
          catalogId: { tableoid: 1259, oid: 4294967295 },
          tag: 'Grüße "x"\n',
          kind: 'TABLE',
          section: 'pre-data',
          definition: 'CREATE …;',
          dropStatement: 'DROP …;',
          namespace: 'public',
          tablespace: '',
          tableAccessMethod: 'heap',
          relkind: minor >= 16 ? 'p' : null,
          owner: 'owner',
          dependencies: [7, 12],
        },
      ],
    });
  });

  test('of a machine with other file offsets is read', () => {
    expect(readArchive(writeArchive(16, 4)).entries).toHaveLength(1);
  });

  test.each([
    ['of an older format', writeArchive(13)],
    ['of a newer format', writeArchive(17)],
    ['that is none', Buffer.from('-- PostgreSQL database dump')],
    ['that is empty', Buffer.alloc(0)],
    ['that was cut off', writeArchive(16).subarray(0, -1)],
  ])('%s is refused', (_what, bytes) => {
    expect(() => readArchive(bytes)).toThrow(
      expect.objectContaining({ name: 'ReplicatorError', code: 'schema_dump_failed' }),
    );
  });
});
