import { isFinalState, jobStatusSchema, type JobStatus } from '@seren-replicator/job-models';
import { setTimeout as sleep } from 'node:timers/promises';

/** A machine in EC2 needs one to three minutes until its worker runs, and a second try as long again. */
const END_DEADLINE_MS = 10 * 60_000;
const POLL_INTERVAL_MS = 1_000;
/** A cold start, and then some. */
const REQUEST_TIMEOUT_MS = 35_000;

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** A service under test, here or deployed, spoken to by HTTP alone. */
export class Service {
  readonly remoteApi: string;
  readonly #apiKey: string;

  constructor(remoteApi: string, apiKey: string) {
    this.remoteApi = remoteApi.replace(/\/+$/, '');
    this.#apiKey = apiKey;
  }

  /** With the service's key, unless the headers say otherwise. */
  async request(
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.remoteApi}${path}`, {
      method,
      headers: { 'x-api-key': this.#apiKey, 'content-type': 'application/json', ...headers },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async submit(specification: object, headers: Record<string, string> = {}): Promise<string> {
    const { status, body } = await this.request('POST', '/jobs', {
      body: { schema_version: '1.0', ...specification },
      headers,
    });
    if (status !== 201) throw new Error(`The job was not accepted: ${status} ${JSON.stringify(body)}`);
    return String(body['job_id']);
  }

  async show(jobId: string): Promise<JobStatus> {
    return jobStatusSchema.parse((await this.request('GET', `/jobs/${jobId}`)).body);
  }

  /** The job once nothing more will happen to it. */
  async ended(jobId: string): Promise<JobStatus> {
    const deadlineMs = performance.now() + END_DEADLINE_MS;
    for (;;) {
      const job = await this.show(jobId);
      if (isFinalState(job.status)) return job;
      if (performance.now() > deadlineMs) throw new Error(`Job ${jobId} is still ${job.status}.`);
      await sleep(POLL_INTERVAL_MS);
    }
  }
}
