import { describe, expect, test } from '@jest/globals';
import { accepted, closedPort, envFor } from './remote-run.ts';
import { runCli, startCli } from './run-cli.ts';
import { jobStatus, ok, withService, type ServiceAnswer } from './scripted-service.ts';

describe('a watch', () => {
  test('outlives polls that fail, and says so', async () => {
    const answers: ServiceAnswer[] = [
      ok(jobStatus()),
      'hang up',
      ok('<html>captive portal</html>'),
      { status: 500, body: { error: 'oops', code: 'internal' } },
      ok(jobStatus({ status: 'failed', error: 'The disk is full.', error_code: 'disk_full' })),
    ];
    await withService(
      (_, nth) => answers[nth - 1] ?? 'hang up',
      async ({ url, requests }) => {
        const { exitCode, stderr } = await runCli(['jobs', 'watch', 'job-1'], envFor(url));
        expect(exitCode).toBe(1);
        expect(requests).toHaveLength(answers.length);
        expect(stderr).toContain(
          'The service does not answer (the connection was cut). The job goes on; still asking.',
        );
        expect(stderr).toContain('The service answers again.');
        expect(stderr).toContain('The disk is full. (disk_full)');
      },
    );
  });

  test('leaves a service alone for as long as it asks, as does a request that is repeated', async () => {
    const at: number[] = [];
    const busy = { error: 'Busy.', code: 'throttled' };
    await withService(
      (_, nth) => {
        at.push(performance.now());
        const isPoll = nth === 2 || nth === 5;
        if (isPoll) return { status: 429, body: busy, headers: { 'retry-after': '3' } };
        return ok(jobStatus({ status: nth === 1 ? 'running' : 'completed' }));
      },
      async ({ url }) => {
        await runCli(['jobs', 'watch', 'job-1'], envFor(url));
        expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThan(2_900);
        expect((await runCli(['jobs', 'show', 'job-1'], envFor(url))).exitCode).toBe(0);
        expect((await runCli(['jobs', 'show', 'job-1'], envFor(url))).exitCode).toBe(0);
        expect((at[5] ?? 0) - (at[4] ?? 0)).toBeGreaterThan(2_900);
      },
    );
  });

  test('ends at once when the key is no longer good', async () => {
    await withService(
      (_, nth) =>
        nth === 1 ? ok(jobStatus()) : { status: 401, body: { error: 'gone', code: 'unauthorized' } },
      async ({ url }) => {
        expect((await runCli(['jobs', 'watch', 'job-1'], envFor(url))).exitCode).toBe(4);
      },
    );
  });

  test('of a service that was never there ends with 4', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    expect((await runCli(['jobs', 'watch', 'job-1'], envFor(url))).exitCode).toBe(4);
  });

  test('of a job that is not there ends with 2', async () => {
    await withService(
      () => ({ status: 404, body: { error: 'There is no such job.', code: 'not_found' } }),
      async ({ url }) => {
        const { exitCode, stderr } = await runCli(['jobs', 'watch', 'job-9'], envFor(url));
        expect(exitCode).toBe(2);
        expect(stderr).toContain('There is no such job. (not_found)');
      },
    );
  });

  test('as JSON prints a line for every change', async () => {
    const answers = [jobStatus(), jobStatus(), jobStatus({ status: 'completed' })];
    await withService(
      (_, nth) => ok(answers[nth - 1]),
      async ({ url }) => {
        const { exitCode, stdout } = await runCli(['jobs', 'watch', 'job-1', '--json'], envFor(url));
        expect(exitCode).toBe(0);
        const lines = stdout.trimEnd().split('\n');
        expect(lines.map((line) => (JSON.parse(line) as { status: string }).status)).toEqual([
          'running',
          'completed',
        ]);
      },
    );
  });

  test.each([['SIGINT'], ['SIGTERM']] as const)(
    'ended by %s leaves the job alone and says how to come back',
    async (signal) => {
      await withService(
        ({ method }) => (method === 'POST' ? accepted : ok(jobStatus())),
        async ({ url, requests }) => {
          const cli = startCli(['verify', '--json'], envFor(url));
          await cli.untilStderr('starting');
          cli.child.kill(signal);
          const { exitCode, stdout, stderr } = await cli.end;
          expect(exitCode).toBe(130);
          expect(stderr).toContain('seren-replicator jobs watch job-1');
          expect(JSON.parse(stdout)).toMatchObject({ code: 'interrupted', job_id: 'job-1' });
          expect(requests.some(({ path }) => path.includes('cancel'))).toBe(false);
        },
      );
    },
  );
});
