import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { choosePgDump, type PgDumpChoice } from './choose-pg-dump.ts';

describe('of the programs on PATH', () => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'seren-test-'));
    const programs = {
      empty: undefined,
      broken: 'exit 1',
      eleven: 'echo "pg_dump (PostgreSQL) 11.22"',
      fifteen: 'echo "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"',
      eighteen: 'echo "pg_dump (PostgreSQL) 18.1"',
      nineteen: 'echo "pg_dump (PostgreSQL) 19beta1"',
    };
    for (const [name, script] of Object.entries(programs)) {
      await mkdir(join(root, name));
      if (script !== undefined) await writeProgram(join(name, 'pg_dump'), script);
    }
    // As Debian lays them out.
    await writeProgram('share/postgresql-common/pg_wrapper', 'echo "pg_dump (PostgreSQL) 17.9"');
    await writeProgram('lib/postgresql/9.6/bin/pg_dump', 'echo "pg_dump (PostgreSQL) 9.6"');
    await writeProgram('lib/postgresql/15/bin/pg_dump', programs.fifteen);
    await writeProgram('lib/postgresql/18/bin/pg_dump', programs.eighteen);
    await mkdir(join(root, 'debian'));
    await symlink('../share/postgresql-common/pg_wrapper', join(root, 'debian', 'pg_dump'));
  });
  afterAll(async () => rm(root, { recursive: true }));

  async function writeProgram(name: string, script: string): Promise<void> {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }

  async function choose(serverMajor: number, choice: PgDumpChoice, ...names: string[]): Promise<unknown> {
    const path = names.map((name) => join(root, name)).join(delimiter);
    const chosen = await choosePgDump({ choice, path, serverMajor });
    return chosen.kind === 'native' ? chosen.version : chosen.kind;
  }

  test.each([
    ['the first that is new enough', 16, ['eleven', 'fifteen', 'eighteen'], '18.1'],
    ['the first of several', 15, ['fifteen', 'eighteen'], '15.18 (Debian 15.18-0+deb12u1)'],
    ['the newest of those behind a wrapper', 15, ['debian', 'fifteen'], '18.1'],
    ['none that is too old for the server', 16, ['fifteen'], 'embedded'],
    ['none whose grants would mean something else', 11, ['eleven'], 'embedded'],
    ['none whose archives are unknown', 15, ['nineteen'], 'embedded'],
    ['none that does not run', 15, ['broken', 'empty', 'absent'], 'embedded'],
    ['none where there is none', 15, [], 'embedded'],
  ])('auto takes %s', async (_what, serverMajor, names, expected) => {
    expect(await choose(serverMajor, 'auto', ...names)).toBe(expected);
  });

  test('none is asked when the embedded one is wanted', async () => {
    expect(await choose(15, 'embedded', 'eighteen')).toBe('embedded');
  });

  test.each([
    ['native', 16, ['fifteen'], 'There is no pg_dump of PostgreSQL 16 to 18 on PATH'],
    ['native', 19, ['nineteen'], 'One of the servers runs PostgreSQL 19'],
    ['auto', 19, ['eighteen'], 'One of the servers runs PostgreSQL 19'],
  ] as const)(
    '%s for a server of release %i fails and says why',
    async (choice, serverMajor, names, reason) => {
      await expect(choose(serverMajor, choice, ...names)).rejects.toMatchObject({
        code: 'schema_dump_failed',
        message: expect.stringContaining(reason) as unknown,
      });
    },
  );
});
