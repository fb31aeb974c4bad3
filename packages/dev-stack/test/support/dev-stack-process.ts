import {
  isFinalState,
  jobListSchema,
  jobLogSchema,
  jobStatusSchema,
  type JobLogEvent,
  type JobStatus,
} from '@seren-replicator/job-models';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

interface Ready {
  event: string;
  remote_api: string;
  api_key: string;
  data_dir: string;
  pid: number;
}

/** A run of the program: what it printed, how it ended, and how to end it. */
export function runDevStack(options: readonly string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts'), ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  const exit = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return { child, printed, exit };
}

/** A dev stack that is up, spoken to through its HTTP API. */
export class DevStackProcess {
  readonly #run: ReturnType<typeof runDevStack>;
  readonly ready: Ready;

  private constructor(run: ReturnType<typeof runDevStack>, ready: Ready) {
    this.#run = run;
    this.ready = ready;
  }

  static async start(dataDirectory: string, options: readonly string[] = []): Promise<DevStackProcess> {
    const run = runDevStack(['--json', '--port', '0', '--data-dir', dataDirectory, ...options]);
    const line = await until('the dev stack to be ready', () => {
      if (run.child.exitCode !== null) throw new Error(`The dev stack ended: ${run.printed.stderr}`);
      return run.printed.stdout.includes('\n') && run.printed.stdout;
    });
    return new DevStackProcess(run, JSON.parse(line) as Ready);
  }

  get printed(): string {
    return `${this.#run.printed.stdout}${this.#run.printed.stderr}`;
  }

  async request(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    const response = await fetch(`${this.ready.remote_api}${path}`, {
      method,
      headers: { 'x-api-key': this.ready.api_key, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }

  async submit(specification: object): Promise<string> {
    const { status, text } = await this.request('POST', '/jobs', {
      schema_version: '1.0',
      ...specification,
    });
    if (status !== 201) throw new Error(text);
    return (JSON.parse(text) as { job_id: string }).job_id;
  }

  async job(jobId: string): Promise<JobStatus> {
    return jobStatusSchema.parse(JSON.parse((await this.request('GET', `/jobs/${jobId}`)).text));
  }

  async jobs(): Promise<JobStatus[]> {
    return jobListSchema.parse(JSON.parse((await this.request('GET', '/jobs')).text)).jobs;
  }

  /** What the job's workers have logged so far, page after page. */
  async logEvents(jobId: string): Promise<JobLogEvent[]> {
    const all: JobLogEvent[] = [];
    let cursor = '';
    for (;;) {
      const { text } = await this.request('GET', `/jobs/${jobId}/logs${cursor}`);
      const { events, next_cursor } = jobLogSchema.parse(JSON.parse(text));
      if (events.length === 0) return all;
      all.push(...events);
      cursor = `?cursor=${next_cursor ?? ''}`;
    }
  }

  async jobIn(status: string, jobId: string): Promise<JobStatus> {
    return until(`job ${jobId} to be ${status}`, async () => {
      const job = await this.job(jobId);
      if (job.status === status) return job;
      if (isFinalState(job.status))
        throw new Error(`The job has ${job.status} instead: ${String(job.error)}`);
      return null;
    });
  }

  async end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.#run.child.kill(signal);
    return this.#run.exit;
  }
}

export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'seren-dev-stack-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Every file below a directory, with its content as bytes. */
export async function filesBelow(directory: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path, await readFile(path));
  }
  return files;
}
