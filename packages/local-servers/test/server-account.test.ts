import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { locatePostgres } from '../src/locate-postgres.ts';
import { reachableInstallation, serverAccount } from '../src/server-account.ts';
import { withTemporaryDirectory } from './with-temporary-directory.ts';

const account = serverAccount();

test('uses the installation in place where it can be run', async () => {
  const installation = locatePostgres(18);
  await expect(reachableInstallation(installation, { directory: '/nowhere', account })).resolves.toBe(
    installation,
  );
});

(account === undefined ? test.skip : test)(
  'gives the account a copy of an installation that only root can reach',
  async () => {
    await withTemporaryDirectory(async (directory) => {
      const hidden = join(directory, 'hidden');
      await cp(locatePostgres(18), hidden, { recursive: true, verbatimSymlinks: true });
      await promisify(execFile)('chmod', ['-R', 'go=', hidden]);
      const reachable = await reachableInstallation(hidden, { directory, account });
      expect(reachable).not.toBe(hidden);
      expect((await stat(reachable)).uid).toBe(account?.uid);
      const version = await promisify(execFile)(join(reachable, 'bin', 'postgres'), ['--version'], {
        ...account,
      });
      expect(version.stdout).toMatch(/^postgres \(PostgreSQL\) 18\./);
    });
  },
);
