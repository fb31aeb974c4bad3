import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { alarmDefinitions, type AlarmDefinition, type Watched } from './alarm-definitions.ts';
import { dashboardBody } from './dashboard-body.ts';
import type { StorageKey } from './storage-key.ts';

export interface ObservabilityArgs {
  /** Name in AWS of dashboard, topic and budget, and the beginning of alarms' names. */
  prefix: string;
  region: string;
  accountId: string;
  email: string | undefined;
  monthlyBudgetDollars: number;
  storageKey: StorageKey;
  watched: Watched;
}

/** Percent of the budget, of what was spent and of what the month will come to. */
const BUDGET_NOTICES = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'FORECASTED', threshold: 100 },
] as const;

/** Alarms and the topic that they are told to, a dashboard, and a budget for the month. */
export class Observability extends pulumi.ComponentResource {
  readonly topic: aws.sns.Topic;
  readonly dashboard: aws.cloudwatch.Dashboard;

  constructor(name: string, args: ObservabilityArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:Observability', name, {}, options);
    this.topic = this.#createTopic(name, args);
    const definitions = alarmDefinitions(args.watched);
    const alarms = definitions.map((definition) => this.#createAlarm(args.prefix, definition));
    this.dashboard = new aws.cloudwatch.Dashboard(
      name,
      {
        dashboardName: args.prefix,
        dashboardBody: dashboardBody(
          args.region,
          args.watched,
          alarms.map((alarm) => alarm.arn),
        ),
      },
      { parent: this },
    );
    this.#createBudget(name, args);
    this.registerOutputs({ topicArn: this.topic.arn });
  }

  #createTopic(name: string, args: ObservabilityArgs): aws.sns.Topic {
    const topic = new aws.sns.Topic(
      name,
      { name: `${args.prefix}-alarms`, kmsMasterKeyId: args.storageKey.arn },
      { parent: this },
    );
    new aws.sns.TopicPolicy(
      name,
      { arn: topic.arn, policy: letServicesPublish(topic.arn, args.accountId) },
      { parent: this },
    );
    if (args.email !== undefined) {
      new aws.sns.TopicSubscription(
        name,
        { topic: topic.arn, protocol: 'email', endpoint: args.email },
        { parent: this },
      );
    }
    return topic;
  }

  #createAlarm(prefix: string, definition: AlarmDefinition): aws.cloudwatch.MetricAlarm {
    return new aws.cloudwatch.MetricAlarm(
      `alarm-${definition.name}`,
      {
        name: `${prefix}-${definition.name}`,
        alarmDescription: `${definition.description}. What to do: docs/deploy.md, "Alarms".`,
        namespace: definition.namespace,
        metricName: definition.metric,
        dimensions: definition.dimensions,
        statistic: definition.statistic,
        comparisonOperator: definition.comparison,
        threshold: definition.threshold,
        period: definition.periodSeconds,
        evaluationPeriods: definition.periods,
        treatMissingData: definition.missingData,
        alarmActions: [this.topic.arn],
        okActions: [this.topic.arn],
      },
      { parent: this },
    );
  }

  /** Of the whole account: costs by tag are there only once `Stage` is a cost allocation tag, see `docs/deploy.md`. */
  #createBudget(name: string, { prefix, monthlyBudgetDollars, email }: ObservabilityArgs): void {
    new aws.budgets.Budget(
      name,
      {
        name: prefix,
        budgetType: 'COST',
        limitAmount: String(monthlyBudgetDollars),
        limitUnit: 'USD',
        timeUnit: 'MONTHLY',
        notifications: BUDGET_NOTICES.map((notice) => ({
          ...notice,
          comparisonOperator: 'GREATER_THAN',
          thresholdType: 'PERCENTAGE',
          subscriberSnsTopicArns: [this.topic.arn],
          ...(email === undefined ? {} : { subscriberEmailAddresses: [email] }),
        })),
      },
      { parent: this },
    );
  }
}

function letServicesPublish(topicArn: pulumi.Output<string>, accountId: string): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'LetServicesPublish',
        Effect: 'Allow',
        Principal: { Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] },
        Action: 'sns:Publish',
        Resource: topicArn,
        Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
      },
    ],
  });
}
