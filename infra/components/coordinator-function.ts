import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { createLogGroup } from './log-group.ts';
import type { ServiceRole } from './service-role.ts';
import type { StorageKey } from './storage-key.ts';

export interface CoordinatorFunctionArgs {
  /** Name in AWS. */
  functionName: string;
  description: string;
  /** Directory of the bundle; `index.js` in it exports `handler`. */
  bundle: string;
  role: ServiceRole;
  storageKey: StorageKey;
  environment: Record<string, pulumi.Input<string>>;
  memoryMegabytes: number;
  timeoutSeconds: number;
  /** Invocations at a time that are set aside for it, and its limit; with 0 or without it shares the account's. */
  reservedConcurrency?: number;
}

export const logGroupNameOf = (functionName: string): string => `/aws/lambda/${functionName}`;

/** One of the coordinator's Lambda functions with its log group, which it may write to and cannot create. */
export class CoordinatorFunction extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;
  readonly logGroup: aws.cloudwatch.LogGroup;

  constructor(name: string, args: CoordinatorFunctionArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:CoordinatorFunction', name, {}, options);
    this.logGroup = createLogGroup(
      name,
      { logGroupName: logGroupNameOf(args.functionName), storageKey: args.storageKey },
      { parent: this },
    );
    const logging = this.#grantLogging(args.role);
    const { reservedConcurrency = 0 } = args;
    this.function = new aws.lambda.Function(
      name,
      {
        name: args.functionName,
        description: args.description,
        role: args.role.arn,
        runtime: 'nodejs24.x',
        architectures: ['arm64'],
        handler: 'index.handler',
        code: new pulumi.asset.FileArchive(args.bundle),
        memorySize: args.memoryMegabytes,
        timeout: args.timeoutSeconds,
        // 0 would mean for Lambda that it never runs; -1 is no limit.
        reservedConcurrentExecutions: reservedConcurrency === 0 ? -1 : reservedConcurrency,
        environment: { variables: args.environment },
        tracingConfig: { mode: 'Active' },
        loggingConfig: { logFormat: 'JSON', logGroup: this.logGroup.name },
      },
      { parent: this, dependsOn: [logging] },
    );
    this.registerOutputs({ arn: this.function.arn });
  }

  /** Traces have no resources that could be named. */
  #grantLogging(role: ServiceRole): aws.iam.RolePolicy {
    return role.grant(
      'logs',
      [
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: pulumi.interpolate`${this.logGroup.arn}:log-stream:*`,
        },
        { Effect: 'Allow', Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], Resource: '*' },
      ],
      { parent: this },
    );
  }
}
