/** Workers' logs and figures; what else a worker may do are its moves on the job table (`job-table-access.ts`) and opening URLs (`data-key.ts`). */
import type * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { ServiceRole } from './service-role.ts';

/** Where the CloudWatch agent of the image puts its figures; `packer/cloudwatch-agent.json` says the same. */
const WORKER_METRICS = 'SerenReplicator/Worker';

/** A stream for each attempt, and one for the machine's own log. Metrics have no resources, but a namespace. */
export function grantWorkerTelemetry(worker: ServiceRole, logGroup: aws.cloudwatch.LogGroup): void {
  worker.grant(
    'telemetry',
    [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: pulumi.interpolate`${logGroup.arn}:log-stream:*`,
      },
      {
        Effect: 'Allow',
        Action: 'cloudwatch:PutMetricData',
        Resource: '*',
        Condition: { StringEquals: { 'cloudwatch:namespace': WORKER_METRICS } },
      },
    ],
    { parent: logGroup },
  );
}

/** `GET /jobs/{job_id}/logs` */
export function grantLogReading(api: ServiceRole, logGroup: aws.cloudwatch.LogGroup): void {
  api.grant(
    'worker-logs',
    [
      {
        Effect: 'Allow',
        Action: 'logs:GetLogEvents',
        Resource: pulumi.interpolate`${logGroup.arn}:log-stream:*`,
      },
    ],
    { parent: logGroup },
  );
}
