/**
 * What is watched. `docs/deploy.md` says for each what to do; every alarm is in the dashboard and told to the
 * topic, when it begins and when it ends.
 */
import type * as pulumi from '@pulumi/pulumi';

type Dimensions = Record<string, pulumi.Input<string>>;

export interface AlarmDefinition {
  /** Ends the alarm's name in AWS. */
  name: string;
  description: string;
  namespace: string;
  metric: string;
  dimensions: Dimensions;
  statistic: 'Sum' | 'Maximum' | 'Average';
  threshold: number;
  comparison: 'GreaterThanThreshold' | 'LessThanThreshold';
  periodSeconds: number;
  periods: number;
  /** Whether silence is the alarm. */
  missingData: 'notBreaching' | 'breaching';
}

export interface Watched {
  apiFunction: pulumi.Input<string>;
  reconcilerFunction: pulumi.Input<string>;
  tableName: pulumi.Input<string>;
  deadLetterQueue: pulumi.Input<string>;
  apiId: pulumi.Input<string>;
  /** The stage, by which the coordinator's own metrics are told apart. */
  metricsDimensions: Dimensions;
  stuckAfterHours: number;
}

/** Of the coordinator's own metrics. */
export const METRICS_NAMESPACE = 'SerenReplicator';

const MINUTE = 60;
const HOUR = 3_600;

const quiet = { comparison: 'GreaterThanThreshold', missingData: 'notBreaching' } as const;

export function alarmDefinitions(watched: Watched): AlarmDefinition[] {
  return [...jobAlarms(watched), ...reconcilerAlarms(watched), ...apiAlarms(watched)];
}

function jobAlarms({ metricsDimensions, stuckAfterHours }: Watched): AlarmDefinition[] {
  return [
    {
      ...quiet,
      name: 'jobs-failing',
      description: 'More than three jobs failed within an hour',
      namespace: METRICS_NAMESPACE,
      metric: 'JobsFailed',
      dimensions: metricsDimensions,
      statistic: 'Sum',
      threshold: 3,
      periodSeconds: HOUR,
      periods: 1,
    },
    {
      ...quiet,
      name: 'jobs-stuck',
      description: `A job has neither ended nor come to follow its source ${stuckAfterHours} hours after it was submitted`,
      namespace: METRICS_NAMESPACE,
      metric: 'OldestJobSeconds',
      dimensions: metricsDimensions,
      statistic: 'Maximum',
      threshold: stuckAfterHours * HOUR,
      periodSeconds: 5 * MINUTE,
      periods: 3,
    },
    {
      ...quiet,
      name: 'syncs-abandoned',
      description:
        'A job that was to follow a source failed or was cancelled: its replication slot keeps the log of the source',
      namespace: METRICS_NAMESPACE,
      metric: 'SyncsAbandoned',
      dimensions: metricsDimensions,
      statistic: 'Sum',
      threshold: 0,
      periodSeconds: 5 * MINUTE,
      periods: 1,
    },
    {
      ...quiet,
      name: 'cutovers-unfinished',
      description: 'A cutover ended in its middle: its source may be read-only, or its slot keep the log',
      namespace: METRICS_NAMESPACE,
      metric: 'CutoversUnfinished',
      dimensions: metricsDimensions,
      statistic: 'Sum',
      threshold: 0,
      periodSeconds: 5 * MINUTE,
      periods: 1,
    },
    {
      ...quiet,
      name: 'workers-lost',
      description:
        'More than three workers were lost within an hour: machines do not start, crash, or are taken back',
      namespace: METRICS_NAMESPACE,
      metric: 'WorkersLost',
      dimensions: metricsDimensions,
      statistic: 'Sum',
      threshold: 3,
      periodSeconds: HOUR,
      periods: 1,
    },
  ];
}

function reconcilerAlarms({ reconcilerFunction, deadLetterQueue, tableName }: Watched): AlarmDefinition[] {
  const ofFunction = { namespace: 'AWS/Lambda', dimensions: { FunctionName: reconcilerFunction } };
  return [
    {
      ...quiet,
      ...ofFunction,
      name: 'reconciler-errors',
      description: 'The reconciler failed in three minutes out of five',
      metric: 'Errors',
      statistic: 'Sum',
      threshold: 0,
      periodSeconds: MINUTE,
      periods: 3,
    },
    {
      ...ofFunction,
      name: 'reconciler-silent',
      description: 'The reconciler has not run for five minutes: nothing starts, ends or is given back',
      metric: 'Invocations',
      statistic: 'Sum',
      comparison: 'LessThanThreshold',
      threshold: 1,
      periodSeconds: 5 * MINUTE,
      periods: 1,
      missingData: 'breaching',
    },
    {
      ...quiet,
      ...ofFunction,
      name: 'reconciler-throttled',
      description: 'Invocations of the reconciler were refused: its reserved concurrency is used up',
      metric: 'Throttles',
      statistic: 'Sum',
      threshold: 5,
      periodSeconds: 5 * MINUTE,
      periods: 1,
    },
    {
      ...quiet,
      name: 'dead-letters',
      description: 'An event could not be handled and is in the dead-letter queue',
      namespace: 'AWS/SQS',
      metric: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: deadLetterQueue },
      statistic: 'Maximum',
      threshold: 0,
      periodSeconds: MINUTE,
      periods: 1,
    },
    {
      ...quiet,
      name: 'table-throttled',
      description: 'Requests to the job table were throttled',
      namespace: 'AWS/DynamoDB',
      metric: 'WriteThrottleEvents',
      dimensions: { TableName: tableName },
      statistic: 'Sum',
      threshold: 10,
      periodSeconds: 5 * MINUTE,
      periods: 1,
    },
  ];
}

function apiAlarms({ apiId, apiFunction }: Watched): AlarmDefinition[] {
  const ofApi = { namespace: 'AWS/ApiGateway', dimensions: { ApiId: apiId } };
  return [
    {
      ...quiet,
      ...ofApi,
      name: 'api-5xx',
      description: 'The API answered more than five requests in five minutes with 5xx',
      metric: '5xx',
      statistic: 'Sum',
      threshold: 5,
      periodSeconds: 5 * MINUTE,
      periods: 1,
    },
    {
      ...quiet,
      ...ofApi,
      name: 'api-4xx',
      description:
        'More than 500 requests in five minutes were refused: a broken client, or somebody guesses keys',
      metric: '4xx',
      statistic: 'Sum',
      threshold: 500,
      periodSeconds: 5 * MINUTE,
      periods: 1,
    },
    {
      ...quiet,
      name: 'api-throttled',
      description: 'Invocations of the API were refused: the account has no concurrency left',
      namespace: 'AWS/Lambda',
      metric: 'Throttles',
      dimensions: { FunctionName: apiFunction },
      statistic: 'Sum',
      threshold: 5,
      periodSeconds: 5 * MINUTE,
      periods: 1,
    },
  ];
}
