/** The dev stack as its users have it: a process, its HTTP API, and the bundled worker. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { startSilentServer, type SilentServer } from '@seren-replicator/local-servers';
import { DevStackProcess, runDevStack, temporaryDirectory } from './support/dev-stack-process.ts';
import { processesWith } from './support/processes.ts';
import { until } from './support/until.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let silent: SilentServer;
const stacks: DevStackProcess[] = [];
beforeEach(async () => {
  directory = await temporaryDirectory();
  silent = await startSilentServer();
});
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.end('SIGTERM');
  await silent.stop();
  await directory.remove();
});

async function start(options: readonly string[] = []): Promise<DevStackProcess> {
  const stack = await DevStackProcess.start(directory.path, options);
  stacks.push(stack);
  return stack;
}

const stopped = { code: 0, signal: null };
const nothingLeft = () =>
  until('every process to end', async () => (await processesWith(directory.path)).length === 0);

/** A job that runs until it is stopped. */
function endlessJob(): object {
  return { command: 'verify', source_url: silent.url, target_url: silent.url };
}

/** A job that fails at once: port 1 of this machine is nobody's. */
const hopelessJob = {
  command: 'verify',
  source_url: 'postgresql://me:pw@127.0.0.1:1/db',
  target_url: 'postgresql://me:pw@127.0.0.1:1/other',
};

describe('a dev stack', () => {
  test('prints one JSON line when it is ready, and keeps its files to its owner', async () => {
    const stack = await start();
    expect(stack.ready).toEqual({
      event: 'ready',
      remote_api: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      api_key: expect.stringMatching(/^dev_/),
      data_dir: directory.path,
      pid: expect.any(Number),
    });
    for (const file of ['api-key', 'seal.key', 'logs/coordinator.log']) {
      expect((await stat(`${directory.path}/${file}`)).mode & 0o077).toBe(0);
    }
    for (const folder of ['dynamodb', 'logs']) {
      expect((await stat(`${directory.path}/${folder}`)).mode & 0o077).toBe(0);
    }
  });

  test('prints the lines to paste, and then one line per event of a job', async () => {
    const run = runDevStack(['--data-dir', directory.path, '--port', '0']);
    try {
      const [, api = '', key = ''] = await until('the lines', () =>
        /^export SEREN_REMOTE_API=(\S+)\nexport SEREN_REMOTE_API_KEY=(\S+)\n$/.exec(run.printed.stdout),
      );
      const response = await fetch(`${api}/jobs`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ schema_version: '1.0', ...hopelessJob }),
      });
      const { job_id: jobId } = (await response.json()) as { job_id: string };
      await until('the end of the job', () =>
        run.printed.stderr.includes(`job ${jobId} verify failed: host_unreachable`),
      );
      expect(run.printed.stdout.split('\n')).toHaveLength(3);
    } finally {
      run.child.kill('SIGINT');
    }
    expect(await run.exit).toEqual(stopped);
  });

  test('runs a job to its end', async () => {
    const stack = await start();
    const job = await stack.jobIn('failed', await stack.submit(hopelessJob));
    expect(job).toMatchObject({ attempt: 1, error_code: 'host_unreachable' });
    expect(job.error).toContain('postgresql://***@127.0.0.1:1/db');
  });

  test('cancels a job that runs, and its worker ends', async () => {
    const stack = await start();
    const jobId = await stack.submit(endlessJob());
    await stack.jobIn('running', jobId);
    expect(await processesWith(`SEREN_JOB_ID=${jobId}`)).toHaveLength(1);
    expect((await stack.request('POST', `/jobs/${jobId}/cancel`)).status).toBe(202);
    await stack.jobIn('cancelled', jobId);
    await until('the worker to end', async () => (await processesWith(`SEREN_JOB_ID=${jobId}`)).length === 0);
  });

  test('lets jobs wait that are more than --max-workers', async () => {
    const stack = await start(['--max-workers', '1']);
    const first = await stack.submit(endlessJob());
    await stack.jobIn('running', first);
    const second = await stack.submit(hopelessJob);
    await stack.request('POST', `/jobs/${first}/cancel`);
    await stack.jobIn('failed', second);
    const [waited, held] = [await stack.job(second), await stack.job(first)];
    expect((waited.started_at ?? '') >= (held.completed_at ?? '?')).toBe(true);
  });

  test('gives a job whose worker is killed to another one', async () => {
    const stack = await start();
    const jobId = await stack.submit(endlessJob());
    await stack.jobIn('running', jobId);
    for (const { pid } of await processesWith(`SEREN_JOB_ID=${jobId}`)) process.kill(pid, 'SIGKILL');
    await until('the second attempt', async () => {
      const job = await stack.job(jobId);
      return job.attempt === 2 && job.status === 'running';
    });
    const [worker, ...others] = await processesWith(`SEREN_JOB_ID=${jobId}`);
    expect([worker?.commandLine, others]).toEqual([expect.stringContaining('main.js'), []]);
  });
});

describe('a dev stack that is stopped', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s leaves nothing running', async (signal) => {
    const stack = await start();
    const jobId = await stack.submit(endlessJob());
    await stack.jobIn('running', jobId);
    expect((await processesWith(directory.path)).length).toBeGreaterThanOrEqual(3);
    expect(await stack.end(signal)).toEqual(stopped);
    expect(await processesWith(directory.path)).toEqual([]);
  });

  test('goes on where it was when it is started again', async () => {
    const before = await start();
    const ended = await before.submit(hopelessJob);
    await before.jobIn('failed', ended);
    const running = await before.submit(endlessJob());
    await before.jobIn('running', running);
    await before.end('SIGTERM');

    const after = await start();
    expect(after.ready.api_key).toBe(before.ready.api_key);
    expect(await after.jobIn('running', running)).toMatchObject({ attempt: 2 });
    expect((await after.jobs()).map((job) => job.job_id)).toEqual([running, ended]);
  });

  test('by SIGKILL takes emulator and workers along, and the job goes on with the next one', async () => {
    const before = await start();
    const jobId = await before.submit(endlessJob());
    await before.jobIn('running', jobId);
    await before.end('SIGKILL');
    await nothingLeft();

    const after = await start();
    await until('the second attempt', async () => {
      const job = await after.job(jobId);
      return job.attempt === 2 && job.status === 'running';
    });
  });
});

describe('a second dev stack', () => {
  test('on the same directory is refused, and the first one goes on', async () => {
    const stack = await start();
    const second = runDevStack(['--json', '--port', '0', '--data-dir', directory.path]);
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.printed.stderr).toMatch(/^dev-stack: Another dev stack is running on .*--data-dir\.\n$/);
    expect((await stack.request('GET', '/jobs')).status).toBe(200);
  });

  test('on a port that is taken is refused, and leaves nothing running', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    try {
      const { port } = taken.address() as AddressInfo;
      const run = runDevStack(['--json', '--port', String(port), '--data-dir', directory.path]);
      expect(await run.exit).toEqual({ code: 2, signal: null });
      expect(run.printed.stderr).toContain(`Port ${port} is taken`);
      await nothingLeft();
    } finally {
      taken.close();
    }
  });

  test('without a port finds one', async () => {
    const other = await temporaryDirectory();
    // Both without --port: at most one of them gets the usual one.
    const runs = [directory.path, other.path].map((path) => runDevStack(['--json', '--data-dir', path]));
    try {
      for (const run of runs)
        await until('the dev stack to be ready', () => run.printed.stdout.includes('\n'));
      const apis = runs.map((run) => (JSON.parse(run.printed.stdout) as { remote_api: string }).remote_api);
      expect(new Set(apis).size).toBe(2);
    } finally {
      for (const run of runs) run.child.kill('SIGTERM');
      expect(await Promise.all(runs.map((run) => run.exit))).toEqual([stopped, stopped]);
      await other.remove();
    }
  });
});

test.each([[['--colour']], [['--port', 'x']], [['--max-workers', '0']], [['--data-dir', '/dev/null/x']]])(
  'refuses %j',
  async (options) => {
    const run = runDevStack(options);
    expect((await run.exit).code).toBe(2);
    expect(run.printed.stderr).toMatch(/^dev-stack: .*(colour|--port|--max-workers|--data-dir).*\n$/);
    expect(run.printed.stdout).toBe('');
  },
);
