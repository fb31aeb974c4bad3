import { describe, expect, test } from '@jest/globals';
import { runCli, startCli, type CliProcess } from './run-cli.ts';
import { jobStatus, ok, withService, type ServiceAnswer, type ServiceRequest } from './scripted-service.ts';

const envFor = (url: string): Record<string, string> => ({
  SEREN_REMOTE_API: url,
  SEREN_REMOTE_API_KEY: 'k',
});

const event = (message: string, fields: object = {}): object => ({
  at: '2026-11-20T10:00:00.000Z',
  level: 'info',
  message,
  ...fields,
});
const cursorOf = ({ path }: ServiceRequest): string | null =>
  new URL(path, 'http://h').searchParams.get('cursor');
const isLog = ({ path }: ServiceRequest): boolean =>
  new URL(path, 'http://h').pathname === '/api/jobs/job-1/logs';

describe('the log of a job', () => {
  const pages = (request: ServiceRequest): ServiceAnswer => {
    if (!isLog(request)) return { status: 404, body: { error: 'no', code: 'not_found' } };
    const cursor = cursorOf(request);
    if (cursor === null)
      return ok({ events: [event('job claimed', { workerId: 'w\u001b[2J' })], next_cursor: 'a' });
    return cursor === 'a'
      ? ok({ events: [event('job ended')], next_cursor: 'b' })
      : ok({ events: [], next_cursor: 'b' });
  };

  test('is printed page after page, harmless to a terminal', async () => {
    await withService(pages, async ({ url, requests }) => {
      const { exitCode, stdout } = await runCli(['jobs', 'logs', 'job-1'], envFor(url));
      expect({ exitCode, stdout }).toEqual({
        exitCode: 0,
        stdout:
          '2026-11-20T10:00:00.000Z info job claimed workerId=w\\x1b[2J\n2026-11-20T10:00:00.000Z info job ended\n',
      });
      expect(requests.map(cursorOf)).toEqual([null, 'a', 'b']);
    });
  });

  test('is one document as JSON', async () => {
    await withService(pages, async ({ url }) => {
      const { stdout } = await runCli(['jobs', 'logs', 'job-1', '--json'], envFor(url));
      expect(JSON.parse(stdout)).toMatchObject({
        job_id: 'job-1',
        events: [{ message: 'job claimed' }, { message: 'job ended' }],
      });
    });
  });

  test('that nothing is in yet is no error', async () => {
    await withService(
      () => ok({ events: [], next_cursor: null }),
      async ({ url }) => {
        const { exitCode, stderr } = await runCli(['jobs', 'logs', 'job-1'], envFor(url));
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'Nothing has been logged yet.\n' });
      },
    );
  });
});

describe('a log that is followed', () => {
  test.each([
    ['names a place to go on', 'a'],
    ['names none', null],
  ])('is printed as it grows, each event once, where a page %s', async (_, next) => {
    const log = [event('one')];
    let polls = 0;
    const answer = (request: ServiceRequest, nth: number): ServiceAnswer => {
      if (!isLog(request)) {
        polls += 1;
        if (polls === 1) log.push(event('two'));
        return ok(jobStatus({ status: polls > 1 ? 'completed' : 'running' }));
      }
      if (nth === 2) return 'hang up';
      return ok({ events: cursorOf(request) === 'a' ? log.slice(1) : log, next_cursor: next });
    };
    await withService(answer, async ({ url }) => {
      const args = ['jobs', 'logs', 'job-1', '--follow', '--json'];
      const { exitCode, stdout, stderr } = await runCli(args, envFor(url));
      expect(exitCode).toBe(0);
      const messages = stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { message: string }).message);
      expect(messages).toEqual(['one', 'two']);
      expect(stderr).toContain('still asking');
    });
  });

  test('is left by Ctrl-C, which says how to come back', async () => {
    let cli: CliProcess | undefined;
    await withService(
      (request, nth) => {
        if (nth === 4) cli?.child.kill('SIGINT');
        return ok(isLog(request) ? { events: [event('one')], next_cursor: null } : jobStatus());
      },
      async ({ url }) => {
        cli = startCli(['jobs', 'logs', 'job-1', '--follow'], envFor(url));
        const { exitCode, stdout, stderr } = await cli.end;
        expect({ exitCode, lines: stdout.split('\n').length }).toEqual({ exitCode: 130, lines: 2 });
        expect(stderr).toContain('seren-replicator jobs logs job-1 --follow');
      },
    );
  });
});

test('a retry is repeated under one key until it is answered, and names the new job', async () => {
  await withService(
    (_, nth) =>
      nth === 1
        ? { status: 503, body: { error: 'The service is busy.', code: 'internal' } }
        : { status: 201, body: { job_id: 'job-2', status: 'provisioning' } },
    async ({ url, requests }) => {
      const { exitCode, stdout, stderr } = await runCli(['jobs', 'retry', 'job-1'], envFor(url));
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'job-2\n' });
      expect(stderr).toContain('seren-replicator jobs watch job-2');
      expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
        'POST /api/jobs/job-1/retry',
        'POST /api/jobs/job-1/retry',
      ]);
      const keys = requests.map(({ headers }) => headers['idempotency-key']);
      expect(keys[0]).toEqual(expect.stringMatching(/^\S{16,}$/));
      expect(keys[1]).toBe(keys[0]);
    },
  );
});
