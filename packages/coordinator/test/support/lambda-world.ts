import { startAwsEndpoints, type AwsEndpoints } from '@seren-replicator/aws-endpoints';
import type { JobTable } from '@seren-replicator/job-store';
import { startJobTable } from './job-table.ts';
import { LambdaProcess } from './lambda-process.ts';

export const DATA_KEY = 'alias/seren-replication-system-data';
const API_KEYS_PATH = '/seren-replication/api-keys';
const WORKER_LOG_GROUP = '/seren-replication/workers';
export const MANAGED_BY = 'seren-replication-system';

/** What AWS is to the functions: the services' endpoints, the emulated table, and roles that may do what they need. */
export class LambdaWorld {
  readonly aws: AwsEndpoints;
  readonly table: JobTable;
  readonly #stopTable: () => Promise<void>;
  readonly #tableEndpoint: string;
  readonly #processes: LambdaProcess[] = [];

  private constructor(aws: AwsEndpoints, table: Awaited<ReturnType<typeof startJobTable>>) {
    this.aws = aws;
    this.table = table.table;
    this.#stopTable = table.stop;
    this.#tableEndpoint = table.endpoint;
  }

  static async start(): Promise<LambdaWorld> {
    const world = new LambdaWorld(await startAwsEndpoints(), await startJobTable());
    const { aws } = world;
    aws.kms.createKey(DATA_KEY);
    aws.logs.createGroup(WORKER_LOG_GROUP);
    aws.ssm.put(`${API_KEYS_PATH}/alice`, 'alice-key');
    aws.ec2.createLaunchTemplate('seren-replication-worker', { instanceType: 'm7i.large' });
    return world;
  }

  startApi(environment: Record<string, string> = {}): Promise<LambdaProcess> {
    return this.#start('api', ['kms:Encrypt', 'ssm:GetParametersByPath', 'logs:GetLogEvents'], {
      SEREN_JOB_TABLE: this.table.tableName,
      SEREN_DATA_KEY: DATA_KEY,
      SEREN_API_KEYS_PATH: API_KEYS_PATH,
      SEREN_WORKER_LOG_GROUP: WORKER_LOG_GROUP,
      ...environment,
    });
  }

  startReconciler(environment: Record<string, string> = {}): Promise<LambdaProcess> {
    return this.#start(
      'reconciler',
      ['ec2:RunInstances', 'ec2:DescribeInstances', 'ec2:TerminateInstances'],
      {
        SEREN_JOB_TABLE: this.table.tableName,
        SEREN_LAUNCH_TEMPLATE: 'seren-replication-worker',
        SEREN_SUBNET_IDS: 'subnet-a,subnet-b',
        SEREN_MANAGED_BY: MANAGED_BY,
        ...environment,
      },
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.stop()));
    await Promise.all([this.aws.stop(), this.#stopTable()]);
  }

  async #start(
    name: 'api' | 'reconciler',
    permissions: string[],
    environment: Record<string, string>,
  ): Promise<LambdaProcess> {
    const credentials = this.aws.principals.create(permissions, { isTemporary: true });
    const lambda = await LambdaProcess.start(name, {
      AWS_ENDPOINT_URL: this.aws.url,
      AWS_ENDPOINT_URL_DYNAMODB: this.#tableEndpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
      ...environment,
    });
    this.#processes.push(lambda);
    return lambda;
  }
}
