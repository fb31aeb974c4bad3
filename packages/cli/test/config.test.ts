import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runCli, withDirectory } from './run-cli.ts';
import { ok, withService } from './scripted-service.ts';

const noJobs = ok({ jobs: [], next_cursor: null });

/** What `jobs list` asks the service for, given flags, variables and a configuration file. */
async function askedLimit(
  flags: string[],
  env: Record<string, string>,
  file: string,
): Promise<string | null> {
  return withDirectory((directory) =>
    withService(
      () => noJobs,
      async ({ url, requests }) => {
        const path = join(directory, 'c.toml');
        await writeFile(path, file);
        const end = await runCli(['jobs', 'list', '--config', path, ...flags], {
          SEREN_REMOTE_API: url,
          ...env,
        });
        expect(end.exitCode).toBe(0);
        return new URL(requests[0]?.path ?? '', url).searchParams.get('limit');
      },
    ),
  );
}

describe('an option is taken from', () => {
  test('the flag first', async () => {
    expect(await askedLimit(['--limit', '5'], { SEREN_LIMIT: '6' }, 'limit = 7')).toBe('5');
  });
  test('then the environment', async () => {
    expect(await askedLimit([], { SEREN_LIMIT: '6' }, 'limit = 7')).toBe('6');
  });
  test('then the configuration file', async () => {
    expect(await askedLimit([], {}, 'limit = 7\nno-owner = true')).toBe('7');
  });
  test('then the default', async () => {
    expect(await askedLimit([], {}, '')).toBe('20');
  });
});

test('without --config, the file under XDG_CONFIG_HOME or ~/.config counts', async () => {
  await withDirectory((directory) =>
    withService(
      () => noJobs,
      async ({ url, requests }) => {
        for (const [home, key] of [
          ['xdg', 'from-xdg'],
          ['home/.config', 'from-home'],
        ] as const) {
          const folder = join(directory, home, 'seren-replicator');
          await mkdir(folder, { recursive: true });
          const file = join(folder, 'config.toml');
          await writeFile(file, `remote_api = "${url}"\napi-key = "${key}"`, { mode: 0o600 });
        }
        await runCli(['jobs', 'list'], {
          HOME: join(directory, 'home'),
          XDG_CONFIG_HOME: join(directory, 'xdg'),
        });
        await runCli(['jobs', 'list'], { HOME: join(directory, 'home') });
        expect(requests.map(({ headers }) => headers['x-api-key'])).toEqual(['from-xdg', 'from-home']);
      },
    ),
  );
});

describe('a configuration file is refused', () => {
  const refusal = async (text: string, mode = 0o600): Promise<string> =>
    withDirectory(async (directory) => {
      const path = join(directory, 'c.toml');
      await writeFile(path, text);
      await chmod(path, mode);
      const { exitCode, stdout } = await runCli(['jobs', 'list', '--json', '--config', path]);
      const { error, code } = JSON.parse(stdout) as { error: string; code: string };
      expect(error).not.toContain('hunter2');
      expect({ exitCode, code }).toEqual({ exitCode: 2, code: expect.stringMatching(/^invalid_/) });
      return error.replaceAll(path, 'FILE');
    });

  test.each([
    ['a key', 'api-key = "hunter2"'],
    ['a password', 'source = "postgresql://app:hunter2@h/d"'],
    ['a password as a parameter', 'target_url = "postgresql://h/d?user=app&password=hunter2"'],
  ])('that others can read and that holds %s', async (_, text) => {
    expect(await refusal(text, 0o640)).toContain('chmod 600 FILE');
    expect(await refusal(text, 0o604)).toContain('chmod 600 FILE');
  });
  test('that is not TOML, by its place alone', async () => {
    expect(await refusal('jobs = 1\nsource = hunter2')).toContain('FILE is not valid TOML at line 2');
  });
  test('that has unknown options, all of them named', async () => {
    expect(await refusal('sorce = "hunter2"\n[init]\nyes = true')).toContain(
      '"sorce" is not an option; "init" is not',
    );
  });
  test('that gives an option twice', async () => {
    expect(await refusal('api-key = "a"\nremote_api_key = "b"')).toContain('"remote_api_key" is given twice');
  });
  test('that has a wrong value', async () => {
    expect(await refusal('limit = "hunter2"')).toBe('"limit" in FILE must be a whole number above 0.');
  });
  test('that is not there', async () => {
    const { exitCode, stderr } = await runCli(['jobs', 'list', '--config', '/nonexistent/c.toml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('/nonexistent/c.toml cannot be read (ENOENT)');
  });
});

test('a file that others can read is fine without secrets', async () => {
  expect(await askedLimit([], {}, 'limit = 7\nsource = "postgresql://app@h/d"')).toBe('7');
});
