import * as pulumi from '@pulumi/pulumi';
import { METRICS_NAMESPACE, type Watched } from './alarm-definitions.ts';

type Metric = unknown[];

const WIDTH = 12;
const HEIGHT = 6;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export function dashboardBody(
  region: string,
  watched: Watched,
  alarmArns: pulumi.Input<string>[],
): pulumi.Output<string> {
  const dimensions = Object.entries(watched.metricsDimensions).flat();
  const job = (metric: string): Metric => [METRICS_NAMESPACE, metric, ...dimensions];
  const lambda = (metric: string, name: pulumi.Input<string>): Metric => [
    'AWS/Lambda',
    metric,
    'FunctionName',
    name,
  ];
  const graphs: { title: string; stat: string; metrics: Metric[] }[] = [
    {
      title: 'Jobs',
      stat: 'Sum',
      metrics: [
        job('JobsSubmitted'),
        job('JobsStarted'),
        job('JobsCompleted'),
        job('JobsFailed'),
        job('JobsCancelled'),
        job('SyncsAbandoned'),
        job('CutoversUnfinished'),
      ],
    },
    { title: 'Seconds from submission to start', stat: 'p90', metrics: [job('SecondsToStart')] },
    {
      title: 'API',
      stat: 'Sum',
      metrics: ['Count', '4xx', '5xx'].map((metric) => ['AWS/ApiGateway', metric, 'ApiId', watched.apiId]),
    },
    {
      title: 'Latency of the API, milliseconds',
      stat: 'p99',
      metrics: [['AWS/ApiGateway', 'Latency', 'ApiId', watched.apiId]],
    },
    {
      title: 'Functions: errors and throttles',
      stat: 'Sum',
      metrics: [watched.apiFunction, watched.reconcilerFunction].flatMap((name) => [
        lambda('Errors', name),
        lambda('Throttles', name),
      ]),
    },
    {
      title: 'Reconciler, milliseconds',
      stat: 'Maximum',
      metrics: [lambda('Duration', watched.reconcilerFunction)],
    },
  ];
  return pulumi.jsonStringify({
    widgets: [
      {
        type: 'alarm',
        x: 0,
        y: 0,
        width: 2 * WIDTH,
        height: 3,
        properties: { title: 'Alarms', alarms: alarmArns },
      },
      ...graphs.map(({ title, stat, metrics }, index) => ({
        type: 'metric',
        x: (index % 2) * WIDTH,
        y: 3 + Math.floor(index / 2) * HEIGHT,
        width: WIDTH,
        height: HEIGHT,
        properties: { title, region, stat, period: 300, view: 'timeSeries', metrics },
      })),
    ],
  });
}
