/** For every call of the code one case or more that AWS must allow, each on exactly its resource. */
import { machineSizes } from '@seren-replicator/job-models';
import type { Call } from './decide.ts';
import {
  instanceStart,
  ownMachine,
  sealContext,
  startOf,
  throughDynamoDb,
  throughSsm,
  without,
  type Resources,
} from './resources.ts';

export function allowedCalls(r: Resources, managedBy: string, subnets: readonly string[]): Call[] {
  return [
    ...apiCalls(r),
    ...reconcilerCalls(r, managedBy),
    ...starts(r, managedBy, subnets),
    ...workerCalls(r),
  ];
}

function apiCalls(r: Resources): Call[] {
  const call = callsOf('api');
  return [
    call('dynamodb:BatchGetItem', r.table),
    call('dynamodb:GetItem', r.table),
    call('dynamodb:PutItem', r.table),
    call('dynamodb:Query', r.ownerIndex),
    call('dynamodb:UpdateItem', r.table, {
      'dynamodb:Attributes': ['job_id', 'status', 'ttl', 'owner', 'cancel_requested_at'],
    }),
    call('kms:Decrypt', r.storageKey, throughDynamoDb),
    call('kms:Decrypt', r.storageKey, throughSsm(`${r.apiKeys}/default`)),
    call('kms:Encrypt', r.dataKey, sealContext),
    call('logs:CreateLogStream', r.apiLogs),
    call('logs:GetLogEvents', r.workerLogs),
    call('logs:PutLogEvents', r.apiLogs),
    call('ssm:GetParametersByPath', r.apiKeys),
    call('ssm:GetParametersByPath', r.variables),
    call('xray:PutTelemetryRecords', '*'),
    call('xray:PutTraceSegments', '*'),
  ];
}

function reconcilerCalls(r: Resources, managedBy: string): Call[] {
  const call = callsOf('reconciler');
  return [
    call('dynamodb:BatchGetItem', r.table),
    call('dynamodb:DescribeStream', r.stream),
    call('dynamodb:GetItem', r.table),
    call('dynamodb:GetRecords', r.stream),
    call('dynamodb:GetShardIterator', r.stream),
    call('dynamodb:ListStreams', '*'),
    call('dynamodb:Query', r.statusIndex),
    call('dynamodb:UpdateItem', r.table, {
      'dynamodb:Attributes': ['job_id', 'status', 'ttl', 'attempt', 'machine_requested_at'],
    }),
    call('ec2:DescribeInstances', '*'),
    call('ec2:TerminateInstances', r.instance, ownMachine(managedBy)),
    call('kms:Decrypt', r.storageKey, throughDynamoDb),
    call('logs:CreateLogStream', r.reconcilerLogs),
    call('logs:PutLogEvents', r.reconcilerLogs),
    call('sqs:SendMessage', r.deadLetters),
    call('xray:PutTelemetryRecords', '*'),
    call('xray:PutTraceSegments', '*'),
  ];
}

/** A start is decided on once for each resource that takes part, for every machine that the service may choose. */
function starts(r: Resources, managedBy: string, subnets: readonly string[]): Call[] {
  const call = callsOf('reconciler');
  const context = startOf(r, managedBy);
  const types = machineSizes.flatMap(({ instanceType, alternatives }) => [instanceType, ...alternatives]);
  const tagging = { ...without(context, 'ec2:LaunchTemplate'), 'ec2:CreateAction': 'RunInstances' };
  return [
    ...types.map((type) => call('ec2:RunInstances', r.instance, instanceStart(r, managedBy, type))),
    call('ec2:RunInstances', r.volume, { ...context, 'ec2:Encrypted': 'true' }),
    call('ec2:RunInstances', r.networkInterface, context),
    call('ec2:RunInstances', r.image, { 'ec2:LaunchTemplate': r.launchTemplate }),
    call('ec2:RunInstances', r.launchTemplate),
    call('ec2:RunInstances', r.securityGroup),
    ...subnets.map((subnet) => call('ec2:RunInstances', `${r.ec2}:subnet/${subnet}`)),
    call('ec2:CreateTags', r.instance, tagging),
    call('ec2:CreateTags', r.volume, tagging),
  ];
}

function workerCalls(r: Resources): Call[] {
  const call = callsOf('worker');
  return [
    call('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'SerenReplicator/Worker' }),
    call('dynamodb:UpdateItem', r.table, {
      'dynamodb:Attributes': ['job_id', 'status', 'ttl', 'attempt', 'worker_id', 'progress'],
    }),
    call('kms:Decrypt', r.dataKey, sealContext),
    call('kms:Decrypt', r.storageKey, throughDynamoDb),
    call('logs:CreateLogStream', r.workerLogs),
    call('logs:PutLogEvents', r.workerLogs),
    call('kms:Decrypt', r.storageKey, throughSsm(`${r.variables}/SEREN_LOG_LEVEL`)),
    call('ssm:GetParametersByPath', r.variables),
  ];
}

/** Passing the worker's role is in the test itself: its ARN is the role's. */
function callsOf(role: string) {
  return (action: string, resource: string, context: Call['context'] = {}): Call => ({
    role,
    action,
    resource,
    context,
  });
}
