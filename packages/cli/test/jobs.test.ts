import { expect, test } from '@jest/globals';
import { runCli, startCli, type CliProcess } from './run-cli.ts';
import { jobStatus, ok, withService } from './scripted-service.ts';

const envFor = (url: string): Record<string, string> => ({
  SEREN_REMOTE_API: url,
  SEREN_REMOTE_API_KEY: 'k',
});

test('jobs list follows the pages up to its limit', async () => {
  await withService(
    ({ path }) => {
      const cursor = new URL(path, 'http://h').searchParams.get('cursor');
      return ok(
        cursor === null
          ? { jobs: [jobStatus({ job_id: 'a' }), jobStatus({ job_id: 'b' })], next_cursor: 'more' }
          : { jobs: [jobStatus({ job_id: 'c' })], next_cursor: 'even more' },
      );
    },
    async ({ url, requests }) => {
      const args = ['jobs', 'list', '--limit', '3', '--status', 'running'];
      const { exitCode, stdout } = await runCli([...args, '--json'], envFor(url));
      expect(exitCode).toBe(0);
      const list = JSON.parse(stdout) as { jobs: { job_id: string }[]; next_cursor: string };
      expect(list.jobs.map(({ job_id }) => job_id)).toEqual(['a', 'b', 'c']);
      expect(list.next_cursor).toBe('even more');
      expect(requests.map(({ path }) => path)).toEqual([
        '/api/jobs?status=running&limit=3',
        '/api/jobs?status=running&limit=1&cursor=more',
      ]);
      expect((await runCli(args, envFor(url))).stdout).toMatch(/^job +command +status.*\na +verify +running/);
    },
  );
});

test('jobs show prints what is known of a job, however it ended', async () => {
  const failed = jobStatus({
    status: 'failed',
    error: 'The disk\u001b[2J is full.',
    error_code: 'disk_full',
  });
  await withService(
    () => ok(failed),
    async ({ url, requests }) => {
      const { exitCode, stdout } = await runCli(['jobs', 'show', 'job-1'], envFor(url));
      expect(exitCode).toBe(0);
      expect(stdout).toContain('The disk\\x1b[2J is full.');
      const { stdout: document } = await runCli(['jobs', 'show', 'job-1', '--json'], envFor(url));
      expect(JSON.parse(document)).toEqual(failed);
      expect(requests[0]?.path).toBe('/api/jobs/job-1');
    },
  );
});

test('jobs cancel asks once, and tells the state', async () => {
  await withService(
    ({ method, path }, nth) => {
      expect({ method, path }).toEqual({ method: 'POST', path: '/api/jobs/job-1/cancel' });
      return nth === 1
        ? { status: 202, body: jobStatus({ status: 'cancelled' }) }
        : { status: 409, body: { error: 'The job has ended.', code: 'conflict' } };
    },
    async ({ url, requests }) => {
      const first = await runCli(['jobs', 'cancel', 'job-1', '--json'], envFor(url));
      expect(first.exitCode).toBe(0);
      expect(JSON.parse(first.stdout)).toMatchObject({ status: 'cancelled' });
      const second = await runCli(['jobs', 'cancel', 'job-1'], envFor(url));
      expect(second.exitCode).toBe(1);
      expect(second.stderr).toContain('The job has ended. (conflict)');
      expect(requests).toHaveLength(2);
    },
  );
});

test.each([
  ['sync', 'The source keeps its log for the target until'],
  ['init', 'Unless it was submitted with --no-sync, the source keeps'],
  ['verify', null],
])('jobs cancel of %s says what stays on the source', async (command, message) => {
  await withService(
    () => ({ status: 202, body: jobStatus({ command, status: 'running' }) }),
    async ({ url }) => {
      const { stderr } = await runCli(['jobs', 'cancel', 'job-1'], envFor(url));
      expect(stderr).toContain('Job job-1 is being cancelled.');
      if (message === null) expect(stderr).not.toContain('sync');
      else expect(stderr).toMatch(new RegExp(`${message}.*"seren-replicator sync --stop" ends that`));
    },
  );
});

test('an interrupted request is no failure', async () => {
  let cli: CliProcess | undefined;
  await withService(
    () => {
      cli?.child.kill('SIGINT');
      return 'say nothing';
    },
    async ({ url }) => {
      cli = startCli(['jobs', 'list'], envFor(url));
      const { exitCode, stderr } = await cli.end;
      expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: 'Error: Interrupted. (interrupted)\n' });
    },
  );
});
