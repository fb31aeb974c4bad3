import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { LoadedConfig } from '../config/load-config.ts';
import { lambdaBundle } from '../config/load-config.ts';
import type { ApiKeys } from './api-keys.ts';
import { apiEnvironment, reconcilerEnvironment } from './program-environments.ts';
import { CoordinatorFunction } from './coordinator-function.ts';
import type { DataKey } from './data-key.ts';
import type { JobTable } from './job-table.ts';
import type { Network } from './network.ts';
import type { RuntimeVariables } from './runtime-variables.ts';
import type { ServiceRole } from './service-role.ts';
import type { StorageKey } from './storage-key.ts';
import type { WorkerFleet } from './worker-fleet.ts';

export interface CoordinatorArgs {
  config: LoadedConfig;
  apiFunctionName: string;
  reconcilerFunctionName: string;
  apiRole: ServiceRole;
  reconcilerRole: ServiceRole;
  jobTable: JobTable;
  storageKey: StorageKey;
  dataKey: DataKey;
  apiKeys: ApiKeys;
  variables: RuntimeVariables;
  fleet: WorkerFleet;
  network: Network;
  workerLogGroup: aws.cloudwatch.LogGroup;
  /** What lets the reconciler read the stream: it has to be there before the stream is followed. */
  streamPolicy: aws.iam.RolePolicy;
}

/** The stream is read again from an event that failed, up to this often and this long: the clock finds the job anyway. */
const STREAM_RETRIES = 3;
const STREAM_MAX_AGE_SECONDS = 300;
const STREAM_BATCH = 50;
/** Jobs that are submitted together are reconciled together. */
const STREAM_WINDOW_SECONDS = 1;
const DEAD_LETTER_RETENTION_SECONDS = 14 * 86_400;

/** The API's function, the reconciler's, and what calls the latter: the table's stream and a clock. */
export class Coordinator extends pulumi.ComponentResource {
  readonly api: CoordinatorFunction;
  readonly reconciler: CoordinatorFunction;
  readonly deadLetters: aws.sqs.Queue;

  constructor(name: string, args: CoordinatorArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:Coordinator', name, {}, options);
    this.api = new CoordinatorFunction(
      `${name}-api`,
      {
        functionName: args.apiFunctionName,
        description: 'The HTTP API: accepts jobs and tells how they go',
        bundle: lambdaBundle('api'),
        role: args.apiRole,
        storageKey: args.storageKey,
        environment: apiEnvironment(args),
        memoryMegabytes: 512,
        timeoutSeconds: 28,
      },
      { parent: this },
    );
    this.reconciler = new CoordinatorFunction(
      `${name}-reconciler`,
      {
        functionName: args.reconcilerFunctionName,
        description: 'Makes machines match jobs, on every change and every minute',
        bundle: lambdaBundle('reconciler'),
        role: args.reconcilerRole,
        storageKey: args.storageKey,
        environment: reconcilerEnvironment(args),
        memoryMegabytes: 512,
        timeoutSeconds: 60,
        // Passes may overlap and are kept few: one for the stream, one for the clock, one to spare.
        reservedConcurrency: args.config.reconcilerConcurrency,
      },
      { parent: this },
    );
    const { queue, policy } = this.#createDeadLetters(name, args);
    this.deadLetters = queue;
    this.#followStream(name, args.jobTable, [args.streamPolicy, policy]);
    this.#followClock(name, args.config.names.of('seren-replication-clock'), policy);
    this.registerOutputs({});
  }

  /** What could not be handled, with its place in the stream; it holds no record. */
  #createDeadLetters(
    name: string,
    { config, reconcilerRole }: CoordinatorArgs,
  ): { queue: aws.sqs.Queue; policy: aws.iam.RolePolicy } {
    const queue = new aws.sqs.Queue(
      `${name}-dead-letters`,
      {
        name: config.names.of('seren-replication-dead-letters'),
        sqsManagedSseEnabled: true,
        messageRetentionSeconds: DEAD_LETTER_RETENTION_SECONDS,
      },
      { parent: this },
    );
    const policy = reconcilerRole.grant(
      'dead-letters',
      [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue.arn }],
      { parent: queue },
    );
    return { queue, policy };
  }

  #followStream(name: string, { table }: JobTable, policies: aws.iam.RolePolicy[]): void {
    new aws.lambda.EventSourceMapping(
      `${name}-stream`,
      {
        eventSourceArn: table.streamArn,
        functionName: this.reconciler.function.arn,
        startingPosition: 'TRIM_HORIZON',
        batchSize: STREAM_BATCH,
        maximumBatchingWindowInSeconds: STREAM_WINDOW_SECONDS,
        functionResponseTypes: ['ReportBatchItemFailures'],
        bisectBatchOnFunctionError: true,
        maximumRetryAttempts: STREAM_RETRIES,
        maximumRecordAgeInSeconds: STREAM_MAX_AGE_SECONDS,
        destinationConfig: { onFailure: { destinationArn: this.deadLetters.arn } },
      },
      { parent: this, dependsOn: policies },
    );
  }

  /** A pass that failed is not repeated: the next minute's is the repetition. */
  #followClock(name: string, ruleName: string, deadLetterPolicy: aws.iam.RolePolicy): void {
    const rule = new aws.cloudwatch.EventRule(
      `${name}-clock`,
      { name: ruleName, description: 'Reconciles every minute', scheduleExpression: 'rate(1 minute)' },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      `${name}-clock`,
      {
        rule: rule.name,
        arn: this.reconciler.function.arn,
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
      { parent: this },
    );
    new aws.lambda.FunctionEventInvokeConfig(
      `${name}-clock`,
      {
        functionName: this.reconciler.function.name,
        maximumRetryAttempts: 0,
        maximumEventAgeInSeconds: 60,
        destinationConfig: { onFailure: { destination: this.deadLetters.arn } },
      },
      { parent: this, dependsOn: [deadLetterPolicy] },
    );
    new aws.lambda.Permission(
      `${name}-clock`,
      {
        function: this.reconciler.function.name,
        action: 'lambda:InvokeFunction',
        principal: 'events.amazonaws.com',
        sourceArn: rule.arn,
      },
      { parent: this },
    );
  }
}
