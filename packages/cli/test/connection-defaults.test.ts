import { userInfo } from 'node:os';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { runCli, withDirectory, type CliEnd } from './run-cli.ts';
import { jobStatus, ok, withService } from './scripted-service.ts';

interface Submission extends CliEnd {
  source: string | undefined;
}

/** What becomes of `--source` on its way to the service. */
async function submit(source: string, env: Record<string, string> = {}): Promise<Submission> {
  return withService(
    ({ method }) =>
      method === 'POST'
        ? { status: 201, body: { job_id: 'job-1', status: 'provisioning' } }
        : ok(jobStatus({ status: 'completed' })),
    async ({ url, requests }) => {
      const args = ['verify', '--source', source, '--target', 'postgresql://t:t@db/t', '--remote-api', url];
      const end = await runCli([...args, '--api-key', 'k'], env);
      const body = requests.find(({ method }) => method === 'POST')?.body as
        { source_url: string } | undefined;
      return { ...end, source: body?.source_url };
    },
  );
}

describe('what a URL leaves out is taken', () => {
  test("from libpq's variables", async () => {
    const env = {
      PGHOST: 'db',
      PGPORT: '6000',
      PGUSER: 'app',
      PGPASSWORD: 'p w',
      PGDATABASE: 'shop',
      PGSSLMODE: 'require',
    };
    expect((await submit('postgresql://', env)).source).toBe(
      'postgresql://app:p%20w@db:6000/shop?sslmode=require',
    );
  });

  test('from the name of the user', async () => {
    const { username } = userInfo();
    expect((await submit('postgresql://db')).source).toBe(`postgresql://${username}@db:5432/${username}`);
  });

  test('from a service file, before the variables', async () => {
    await withDirectory(async (directory) => {
      const file = join(directory, 'services');
      await writeFile(file, '[shop]\nhost=db\nuser=app\npassword=s3cret\n');
      const env = { PGSERVICEFILE: file, PGUSER: 'other' };
      const expected = 'postgresql://app:s3cret@db:5432/d';
      expect((await submit('postgresql:///d?service=shop', env)).source).toBe(expected);
      expect((await submit('postgresql:///d', { ...env, PGSERVICE: 'shop' })).source).toBe(expected);
      const missing = await submit('postgresql:///d?service=blog', env);
      expect(missing.exitCode).toBe(2);
      expect(missing.stderr).toContain(`"blog" is defined in none of: ${file}`);
    });
  });
});

describe('a password left out is taken', () => {
  const inHome = async (mode: number, use: (home: string) => Promise<void>): Promise<void> =>
    withDirectory(async (home) => {
      await writeFile(join(home, '.pgpass'), 'db:*:shop:app:fr\\:om file\n', { mode });
      await use(home);
    });
  const fromFile = 'postgresql://app:fr%3Aom%20file@db:5432/shop';

  test('from ~/.pgpass', async () => {
    await inHome(0o600, async (HOME) => {
      expect((await submit('postgresql://app@db/shop', { HOME })).source).toBe(fromFile);
      expect((await submit('postgresql://app@db/blog', { HOME })).source).toBe(
        'postgresql://app@db:5432/blog',
      );
    });
  });

  test('from PGPASSFILE, or from the file that the URL names', async () => {
    await inHome(0o600, async (home) => {
      const file = join(home, '.pgpass');
      expect((await submit('postgresql://app@db/shop', { PGPASSFILE: file })).source).toBe(fromFile);
      expect((await submit(`postgresql://app@db/shop?passfile=${file}`)).source).toBe(fromFile);
    });
  });

  test('from nowhere when others can read the file, which is said', async () => {
    await inHome(0o640, async (HOME) => {
      const { source, stderr } = await submit('postgresql://app@db/shop', { HOME });
      expect(source).toBe('postgresql://app@db:5432/shop');
      expect(stderr).toContain('.pgpass is ignored because others can read it');
    });
  });
});

test.each([
  ['postgresql://app@db/shop?sslrootcert=/ca.pem', {}, 'sslrootcert names a file on this machine'],
  ['postgresql://app@db/shop', { PGSSLCERT: '/c.pem', PGSSLKEY: '/k.pem' }, 'sslcert and sslkey name files'],
  ['postgresql://app@db/shop', { PGREQUIREAUTH: 'scram-sha-256' }, 'PGREQUIREAUTH cannot be honoured'],
])('%s with %j is refused before it is submitted', async (url, env, message) => {
  const { exitCode, source, stderr } = await submit(url, env);
  expect({ exitCode, source }).toEqual({ exitCode: 2, source: undefined });
  expect(stderr).toContain(message);
});
