import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Secret, storableSpecificationSchema } from '@seren-replicator/job-models';
import {
  createJob,
  ensureJobTable,
  getJob,
  type JobRecord,
  type JobTable,
} from '@seren-replicator/job-store';
import { startDynamoDb, type DynamoDbServer } from '@seren-replicator/local-servers';
import { createSealKey, localKeySealer, readSealKey, type UrlSealer } from '@seren-replicator/sealing';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorker, type WorkerProcess } from './start-worker.ts';
import { until } from './until.ts';

/** What surrounds a worker: the table, the key, and jobs to work on. */
export class Service {
  readonly emulator: DynamoDbServer;
  readonly table: JobTable;
  readonly #directory: string;
  readonly #workers: WorkerProcess[] = [];

  private constructor(emulator: DynamoDbServer, table: JobTable, directory: string) {
    this.emulator = emulator;
    this.table = table;
    this.#directory = directory;
  }

  static async start(): Promise<Service> {
    const emulator = await startDynamoDb();
    const client = new DynamoDBClient({
      endpoint: emulator.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const table = { client, tableName: 'replication-jobs' };
    await ensureJobTable(table);
    const directory = await mkdtemp(join(tmpdir(), 'seren-worker-test-'));
    await createSealKey(join(directory, 'seal.key'));
    return new Service(emulator, table, directory);
  }

  get sealKeyFile(): string {
    return join(this.#directory, 'seal.key');
  }

  async submit(sourceUrl: string, fields: object = {}, other?: Pick<UrlSealer, 'seal'>): Promise<string> {
    const jobId = randomUUID();
    const sealer = other ?? localKeySealer(await readSealKey(this.sealKeyFile));
    await createJob(this.table, {
      job_id: jobId,
      owner: 'alice',
      source: 'redacted',
      target: 'redacted',
      sealed_source_url: await sealer.seal({ jobId, side: 'source' }, new Secret(sourceUrl)),
      sealed_target_url: await sealer.seal({ jobId, side: 'target' }, new Secret(sourceUrl)),
      specification: {
        ...storableSpecificationSchema.parse({ schema_version: '1.0', command: 'verify' }),
        ...fields,
      },
      now: new Date(),
    });
    return jobId;
  }

  /** A worker with short times; variables that are undefined are left out. */
  work(jobId: string, environment: Record<string, string | undefined> = {}): WorkerProcess {
    const worker = startWorker({
      PATH: '',
      SEREN_JOB_ID: jobId,
      SEREN_JOB_ATTEMPT: '1',
      SEREN_JOB_TABLE: this.table.tableName,
      SEREN_SEAL_KEY_FILE: this.sealKeyFile,
      SEREN_ALLOW_LOCAL_ADDRESSES: 'true',
      SEREN_LEASE_MS: '2000',
      SEREN_HEARTBEAT_MS: '100',
      SEREN_PROGRESS_MS: '50',
      AWS_ENDPOINT_URL_DYNAMODB: this.emulator.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      ...environment,
    });
    this.#workers.push(worker);
    return worker;
  }

  async job(jobId: string): Promise<JobRecord> {
    const job = await getJob(this.table, { jobId });
    if (job === null) throw new Error(`There is no job ${jobId}.`);
    return job;
  }

  async jobIn(status: JobRecord['status'], jobId: string): Promise<JobRecord> {
    return until(`the job to be ${status}`, async () => {
      const job = await this.job(jobId);
      return job.status === status && job;
    });
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers) {
      worker.kill('SIGKILL');
      await worker.exit;
    }
    this.table.client.destroy();
    await this.emulator.stop();
    await rm(this.#directory, { recursive: true });
  }
}
