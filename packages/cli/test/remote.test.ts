import { describe, expect, test } from '@jest/globals';
import { waitingProgress } from '../src/output/progress-display.ts';
import { accepted, closedPort, completed, envFor, urls } from './remote-run.ts';
import { runCli, startCli } from './run-cli.ts';
import { jobStatus, ok, withService } from './scripted-service.ts';

describe('a job is submitted', () => {
  test('with the options that were given, the key, and a key of its own', async () => {
    await withService(
      ({ method }) => (method === 'POST' ? accepted : completed),
      async ({ url, requests }) => {
        const args = [
          'init',
          '--no-sync',
          '--no-verify',
          '--no-roles',
          '--no-resume',
          '--drop-existing',
          '--yes',
          ...['--jobs', '3', '--index-jobs', '2', '--max-rate', '50MB'],
          '--json',
        ];
        const { exitCode, stdout } = await runCli(args, envFor(url));
        expect(exitCode).toBe(0);
        expect(requests[0]).toMatchObject({ method: 'POST', path: '/api/jobs' });
        expect(requests[0]?.headers).toMatchObject({
          'x-api-key': 'sk_hunter2',
          'idempotency-key': expect.stringMatching(/^[0-9a-f-]{36}$/),
          'user-agent': expect.stringMatching(/^seren-replicator\/\d/),
        });
        expect(requests[0]?.body).toEqual({
          schema_version: '1.0',
          command: 'init',
          source_url: 'postgresql://a:hunter2@old:5432/shop',
          target_url: 'postgresql://a:hunter2@new:5432/shop',
          options: {
            no_sync: true,
            verify: false,
            roles: false,
            resume: false,
            drop_existing: true,
            jobs: 3,
            index_jobs: 2,
            max_rate_bytes_per_second: 50_000_000,
          },
        });
        expect(JSON.parse(stdout)).toMatchObject({ job_id: 'job-1', command: 'verify' });
      },
    );
  });

  test.each([
    [['init'], {}],
    [
      ['init', '--sync-method', 'stream', '--no-key-tables', 'full'],
      { sync_method: 'stream', no_key_tables: 'full' },
    ],
    [['validate', '--no-key-tables=skip'], { no_key_tables: 'skip' }],
    [['sync', '--stop'], { stop: true }],
    [['status', '--max-lag', '500ms'], { max_lag_seconds: 0.5 }],
    [['cutover', '--dry-run'], { dry_run: true }],
    [
      ['cutover', '--yes', '--verify', 'counts', '--lock-source', '--reverse', '--max-lag', '2m'],
      { cutover_verification: 'counts', lock_source: true, reverse: true, max_lag_seconds: 120 },
    ],
  ])('%j with what it means to the service', async (args, options) => {
    await withService(
      ({ method }) => (method === 'POST' ? accepted : completed),
      async ({ url, requests }) => {
        expect((await runCli(args, envFor(url))).exitCode).toBe(0);
        expect(requests[0]?.body).toMatchObject({ command: args[0] });
        expect((requests[0]?.body as { options: object }).options).toEqual(options);
      },
    );
  });

  test('with the filters that were given, and a time that is fixed', async () => {
    await withService(
      ({ method }) => (method === 'POST' ? accepted : completed),
      async ({ url, requests }) => {
        const args = [
          ...['--include-databases', 'shop,blog', '--exclude-databases', 'blog'],
          ...['--include-tables', 'a.b', '--include-tables', '"c,d"', '--exclude-tables', 'e'],
          ...['--schema-only-tables', 'f', '--table-filter', 'g:h > 1', '--time-filter', 'i:j:1 day'],
        ];
        const before = Date.now();
        expect((await runCli(['verify', ...args], envFor(url))).exitCode).toBe(0);
        const [first] = requests;
        expect(first?.body).toMatchObject({
          filter: {
            include_databases: ['shop', 'blog'],
            exclude_databases: ['blog'],
            include_tables: ['a.b', '"c,d"'],
            exclude_tables: ['e'],
            schema_only_tables: ['f'],
            table_filters: [
              { table: 'g', where: 'h > 1' },
              { table: 'i', where: expect.stringMatching(/^"j" >= TIMESTAMPTZ '[-\d]+ [:.\d]+\+00'$/) },
            ],
          },
        });
        const { filter } = first?.body as { filter: { table_filters: { where: string }[] } };
        const since = Date.parse(filter.table_filters[1]?.where.split("'")[1] ?? '');
        expect(since).toBeGreaterThanOrEqual(before - 86_400_000);
        expect(since).toBeLessThanOrEqual(Date.now() - 86_400_000);
      },
    );
  });

  test('again under the same key when the answer is lost', async () => {
    await withService(
      ({ method }, nth) => {
        if (method !== 'POST') return completed;
        return nth === 1
          ? 'hang up'
          : nth === 2
            ? { status: 503, body: {}, headers: { 'retry-after': '0' } }
            : accepted;
      },
      async ({ url, requests }) => {
        expect((await runCli(['verify'], envFor(url))).exitCode).toBe(0);
        const keys = requests
          .filter(({ method }) => method === 'POST')
          .map(({ headers }) => headers['idempotency-key']);
        expect(keys).toHaveLength(3);
        expect(new Set(keys).size).toBe(1);
      },
    );
  });

  test('never without a key: passwords are not sent to be refused', async () => {
    await withService(
      () => ({ status: 401, body: { error: 'no key', code: 'unauthorized' } }),
      async ({ url, requests }) => {
        const { exitCode, stderr } = await runCli(['verify'], { ...urls, SEREN_REMOTE_API: url });
        expect(exitCode).toBe(4);
        expect(stderr).toContain('Set SEREN_REMOTE_API_KEY');
        expect(requests.map(({ method }) => method)).toEqual(['GET']);
      },
    );
  });
});

describe('a service that', () => {
  test('is not there ends the command with 4 and its address', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/api`;
    const { exitCode, stdout, stderr } = await runCli(['verify', '--json'], envFor(url));
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'service_unreachable',
      error: expect.stringContaining(url),
    });
    expect(stderr).toContain('SEREN_REMOTE_API');
    expect(stderr).not.toContain('hunter2');
  });

  test.each([
    [
      'refuses the key',
      401,
      { error: 'wrong key', code: 'unauthorized' },
      4,
      'unauthorized',
      'refused the API key',
    ],
    [
      'refuses the job',
      400,
      {
        error: 'The job is wrong.',
        code: 'invalid_request',
        details: [{ path: 'filter.x', message: 'is unknown' }],
      },
      2,
      'invalid_request',
      'filter.x: is unknown',
    ],
    [
      'has too many jobs',
      429,
      { error: 'Too many jobs run.', code: 'too_many_jobs' },
      4,
      'too_many_jobs',
      'Too many',
    ],
    ['is no service', 404, '<html>', 4, 'service_failed', 'HTTP status 404'],
    ['is a web page', 200, '<html>', 4, 'service_failed', 'not an answer of the service'],
    ['points elsewhere', 301, '', 4, 'service_failed', 'redirects'],
  ])('%s', async (_, status, body, exitCode, code, message) => {
    await withService(
      () => ({ status, body, headers: { location: 'https://elsewhere.example.com/' } }),
      async ({ url, requests }) => {
        const end = await runCli(['verify', '--json'], envFor(url));
        expect(JSON.parse(end.stdout)).toEqual({ code, error: expect.stringContaining(message) });
        expect(end.exitCode).toBe(exitCode);
        expect(end.stdout + end.stderr).not.toContain('hunter2');
        expect(requests).toHaveLength(1);
      },
    );
  });

  test('quotes a password in its answer is not quoted again', async () => {
    const error = 'cannot parse postgresql://a:hunter2@old/shop';
    await withService(
      () => ({ status: 400, body: { error, code: 'invalid_request' } }),
      async ({ url }) => {
        const { stdout, stderr } = await runCli(['verify', '--json'], envFor(url));
        expect(stdout).toContain('cannot parse postgresql://***@old/shop');
        expect(stdout + stderr).not.toContain('hunter2');
      },
    );
  });
});

describe("a job's end is the command's:", () => {
  test.each([
    ['completed', {}, 0, null],
    ['failed', { error: 'The contents differ.', error_code: 'contents_differ' }, 3, 'contents_differ'],
    ['failed', { error: 'The disk is full.', error_code: 'disk_full' }, 1, 'disk_full'],
    ['failed', { error: 'It is empty.', error_code: 'target_not_empty' }, 2, 'target_not_empty'],
    ['failed', { error: 'News.', error_code: 'code_of_a_newer_service' }, 1, 'code_of_a_newer_service'],
    ['cancelled', {}, 1, 'cancelled'],
    ['archived', {}, 1, 'internal'],
  ])('%s %j exits with %i', async (status, changes, exitCode, code) => {
    await withService(
      ({ method }) => (method === 'POST' ? accepted : ok(jobStatus({ status, ...changes }))),
      async ({ url }) => {
        const end = await runCli(['verify', '--json'], envFor(url));
        const document = JSON.parse(end.stdout) as { job_id: string; code?: string };
        expect({ exitCode: end.exitCode, code: document.code ?? null }).toEqual({ exitCode, code });
        expect(document.job_id).toBe('job-1');
      },
    );
  });
});

test('init --json --progress prints an object a line: the job, its progress, its result', async () => {
  const progress = {
    phase: 'copy',
    current_database: 'shop',
    databases_completed: 0,
    databases_total: 1,
    tables_completed: 1,
    tables_total: 2,
    rows_copied: 5,
    bytes_copied: 10,
    bytes_total: 20,
    eta_seconds: null,
    active: [],
  };
  await withService(
    ({ method }, nth) => (method === 'POST' ? accepted : nth === 2 ? ok(jobStatus({ progress })) : completed),
    async ({ url }) => {
      const { stdout } = await runCli(['init', '--no-sync', '--json', '--progress'], envFor(url));
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(lines).toMatchObject([
        { job_id: 'job-1' },
        { progress },
        { job_id: 'job-1', command: 'verify' },
      ]);
    },
  );
});

test('what follows its source is shown with what it has applied and how far behind it is', async () => {
  const progress = { ...waitingProgress('sync'), sync: { transactions: 1_200, rows: 1, lag_bytes: 2_000 } };
  await withService(
    ({ method }, nth) => (method === 'POST' ? accepted : nth === 2 ? ok(jobStatus({ progress })) : completed),
    async ({ url }) => {
      expect((await runCli(['sync'], envFor(url))).stderr).toContain(
        'sync: 1,200 transactions with 1 row applied, 2 kB behind',
      );
    },
  );
});

test('--quiet shows no progress', async () => {
  await withService(
    ({ method }, nth) => (method === 'POST' ? accepted : nth === 2 ? ok(jobStatus()) : completed),
    async ({ url }) => {
      expect((await runCli(['verify', '--quiet'], envFor(url))).stderr).toBe('');
    },
  );
});

test('a reader that goes away early does not change how the command ends', async () => {
  const failed = jobStatus({ status: 'failed', error: 'They differ.', error_code: 'contents_differ' });
  await withService(
    ({ method }) => (method === 'POST' ? accepted : ok(failed)),
    async ({ url }) => {
      const cli = startCli(['verify', '--json'], envFor(url));
      cli.child.stdout?.destroy();
      expect((await cli.end).exitCode).toBe(3);
    },
  );
});
