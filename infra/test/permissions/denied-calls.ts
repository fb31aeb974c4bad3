/** Calls that nobody makes, and that a program which was taken over would: each is one that AWS must refuse. */
import { sampleAccount } from '../../preview/account.ts';
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

/** What the call would be good for, and the call. */
type Denied = readonly [purpose: string, call: Call];

const { accountId, region } = sampleAccount;

export function deniedCalls(r: Resources, managedBy: string): Denied[] {
  return [
    ...openingUrls(r),
    ...otherKeys(r),
    ...jobRecords(r),
    ...machines(r, managedBy),
    ...startedOtherwise(r, managedBy),
    ...rolesAndKeys(r),
    ...logsAndSecrets(r),
  ];
}

const deny =
  (role: string) =>
  (purpose: string, action: string, resource: string, context: Call['context'] = {}): Denied => [
    purpose,
    { role, action, resource, context },
  ];
const api = deny('api');
const reconciler = deny('reconciler');
const worker = deny('worker');

function openingUrls(r: Resources): Denied[] {
  const withoutJob = without(sealContext, 'kms:EncryptionContext:job_id');
  return [
    api('the API opens a URL', 'kms:Decrypt', r.dataKey, sealContext),
    reconciler('the reconciler opens a URL', 'kms:Decrypt', r.dataKey, sealContext),
    reconciler('the reconciler seals a URL', 'kms:Encrypt', r.dataKey, sealContext),
    worker('a worker opens without a context', 'kms:Decrypt', r.dataKey),
    worker("a worker opens without its job's context", 'kms:Decrypt', r.dataKey, {
      ...withoutJob,
      'kms:EncryptionContextKeys': ['side'],
    }),
    worker('a worker opens with more context than is sealed', 'kms:Decrypt', r.dataKey, {
      ...sealContext,
      'kms:EncryptionContextKeys': ['job_id', 'side', 'purpose'],
    }),
    worker('a worker seals a URL', 'kms:Encrypt', r.dataKey, sealContext),
    worker('a worker makes a key to keep', 'kms:GenerateDataKey', r.dataKey, sealContext),
    worker('a worker hands the key on', 'kms:CreateGrant', r.dataKey, sealContext),
    worker('a worker has URLs sealed anew', 'kms:ReEncryptFrom', r.dataKey, sealContext),
    api('the API seals without a context', 'kms:Encrypt', r.dataKey),
    api('the API seals under another context', 'kms:Encrypt', r.dataKey, {
      'kms:EncryptionContext:customer': 'a',
      'kms:EncryptionContextKeys': ['customer'],
    }),
    api('the API makes a key that it could open with', 'kms:GenerateDataKey', r.dataKey, sealContext),
  ];
}

function otherKeys(r: Resources): Denied[] {
  return [
    worker("a worker uses somebody else's key", 'kms:Decrypt', r.foreignKey, sealContext),
    worker('a worker decrypts with the storage key directly', 'kms:Decrypt', r.storageKey),
    worker('a worker decrypts parameters', 'kms:Decrypt', r.storageKey, throughSsm(`${r.apiKeys}/default`)),
    api('the API decrypts with the storage key directly', 'kms:Decrypt', r.storageKey),
    api(
      'the API decrypts other parameters',
      'kms:Decrypt',
      r.storageKey,
      throughSsm(`arn:aws:ssm:${region}:${accountId}:parameter/customers/password`),
    ),
    reconciler(
      'the reconciler decrypts API keys',
      'kms:Decrypt',
      r.storageKey,
      throughSsm(`${r.apiKeys}/default`),
    ),
    api('the API deletes the data key', 'kms:ScheduleKeyDeletion', r.dataKey),
    worker('a worker rewrites the key policy', 'kms:PutKeyPolicy', r.dataKey),
    api(
      'the API encrypts with the storage key through DynamoDB',
      'kms:Encrypt',
      r.storageKey,
      throughDynamoDb,
    ),
  ];
}

function jobRecords(r: Resources): Denied[] {
  const update = (...attributes: string[]) => ({ 'dynamodb:Attributes': ['job_id', ...attributes] });
  return [
    worker('a worker changes whose job it is', 'dynamodb:UpdateItem', r.table, update('owner')),
    worker('a worker changes the source', 'dynamodb:UpdateItem', r.table, update('sealed_source_url')),
    worker('a worker changes the target', 'dynamodb:UpdateItem', r.table, update('sealed_target_url')),
    worker('a worker changes the specification', 'dynamodb:UpdateItem', r.table, update('specification')),
    worker('a worker makes room for more jobs', 'dynamodb:UpdateItem', r.table, {
      ...update('open_jobs'),
      'dynamodb:LeadingKeys': ['open-jobs:acme'],
    }),
    worker('a worker writes without naming attributes', 'dynamodb:UpdateItem', r.table),
    worker('a worker writes another table', 'dynamodb:UpdateItem', r.foreignTable, update('status')),
    worker('a worker submits a job', 'dynamodb:PutItem', r.table),
    worker('a worker reads any record', 'dynamodb:GetItem', r.table),
    worker('a worker lists jobs', 'dynamodb:Query', r.ownerIndex),
    worker('a worker scans', 'dynamodb:Scan', r.table),
    worker('a worker deletes a job', 'dynamodb:DeleteItem', r.table),
    api('the API ends a job', 'dynamodb:UpdateItem', r.table, update('status', 'completed_at', 'error')),
    api('the API takes a lease', 'dynamodb:UpdateItem', r.table, update('worker_id', 'lease_expires_at')),
    api('the API counts jobs in a job', 'dynamodb:UpdateItem', r.table, {
      ...update('open_jobs'),
      'dynamodb:LeadingKeys': ['3b241101-e2bb-4255-8caf-4136c566a962'],
    }),
    api('the API scans', 'dynamodb:Scan', r.table),
    api('the API lists all jobs of a state', 'dynamodb:Query', r.statusIndex),
    api('the API deletes a job', 'dynamodb:DeleteItem', r.table),
    api('the API deletes the table', 'dynamodb:DeleteTable', r.table),
    reconciler('the reconciler submits a job', 'dynamodb:PutItem', r.table),
    reconciler(
      'the reconciler changes a source',
      'dynamodb:UpdateItem',
      r.table,
      update('sealed_source_url'),
    ),
    reconciler(
      'the reconciler completes a job with a result',
      'dynamodb:UpdateItem',
      r.table,
      update('result'),
    ),
    reconciler('the reconciler turns off recovery', 'dynamodb:UpdateContinuousBackups', r.table),
  ];
}

function machines(r: Resources, managedBy: string): Denied[] {
  const withoutJob = without(ownMachine(managedBy), 'aws:ResourceTag/JobId');
  return [
    worker('a worker ends a foreign instance', 'ec2:TerminateInstances', r.instance),
    worker(
      "a worker ends another job's machine",
      'ec2:TerminateInstances',
      r.instance,
      ownMachine(managedBy),
    ),
    worker('a worker starts machines', 'ec2:RunInstances', r.instance, instanceStart(r, managedBy)),
    worker('a worker looks at machines', 'ec2:DescribeInstances', '*'),
    worker('a worker tags its machine', 'ec2:CreateTags', r.instance),
    api('the API starts machines', 'ec2:RunInstances', r.instance, instanceStart(r, managedBy)),
    api('the API ends machines', 'ec2:TerminateInstances', r.instance, ownMachine(managedBy)),
    reconciler('the reconciler ends a foreign instance', 'ec2:TerminateInstances', r.instance),
    reconciler(
      'the reconciler ends an image that is being built',
      'ec2:TerminateInstances',
      r.instance,
      withoutJob,
    ),
    reconciler(
      "the reconciler ends another stage's machine",
      'ec2:TerminateInstances',
      r.instance,
      ownMachine('seren-replication-system-other'),
    ),
    reconciler('the reconciler makes a foreign instance its own', 'ec2:CreateTags', r.instance, {
      'aws:RequestTag/ManagedBy': managedBy,
    }),
    reconciler('the reconciler stops a machine', 'ec2:StopInstances', r.instance, ownMachine(managedBy)),
    reconciler(
      'the reconciler changes user data',
      'ec2:ModifyInstanceAttribute',
      r.instance,
      ownMachine(managedBy),
    ),
    reconciler('the reconciler changes the template', 'ec2:CreateLaunchTemplateVersion', r.launchTemplate),
  ];
}

function startedOtherwise(r: Resources, managedBy: string): Denied[] {
  const start = instanceStart(r, managedBy);
  const withoutTemplate = without(start, 'ec2:LaunchTemplate');
  const run = (purpose: string, resource: string, context: Call['context']) =>
    reconciler(`the reconciler starts a machine ${purpose}`, 'ec2:RunInstances', resource, context);
  return [
    run('without the template', r.instance, withoutTemplate),
    run('from another template', r.instance, {
      ...start,
      'ec2:LaunchTemplate': `${r.ec2}:launch-template/lt-0other`,
    }),
    run("with somebody else's profile", r.instance, {
      ...start,
      'ec2:InstanceProfile': `arn:aws:iam::${accountId}:instance-profile/administrator`,
    }),
    run('of an expensive type', r.instance, { ...start, 'ec2:InstanceType': 'p5.48xlarge' }),
    run('without IMDSv2', r.instance, { ...start, 'ec2:MetadataHttpTokens': 'optional' }),
    run('without a tag', r.instance, { ...start, 'aws:RequestTag/ManagedBy': 'somebody' }),
    run('with a volume that is not encrypted', r.volume, {
      ...startOf(r, managedBy),
      'ec2:Encrypted': 'false',
    }),
    run('from another image', `arn:aws:ec2:${region}::image/ami-0fffffffffffffff0`, {
      'ec2:LaunchTemplate': r.launchTemplate,
    }),
    run('in another subnet', `${r.ec2}:subnet/subnet-0other`, {}),
    run('with another security group', `${r.ec2}:security-group/sg-0other`, {}),
    run('with a key to log in with', `${r.ec2}:key-pair/key-0other`, {}),
  ];
}

function rolesAndKeys(r: Resources): Denied[] {
  const toEc2 = { 'iam:PassedToService': 'ec2.amazonaws.com' };
  return [
    reconciler('the reconciler passes another role', 'iam:PassRole', r.foreignRole, toEc2),
    api('the API passes a role', 'iam:PassRole', r.foreignRole, toEc2),
    worker('a worker passes a role', 'iam:PassRole', r.foreignRole, toEc2),
    worker('a worker takes another role', 'sts:AssumeRole', r.foreignRole),
    api('the API takes another role', 'sts:AssumeRole', r.foreignRole),
    worker('a worker gives itself more', 'iam:PutRolePolicy', r.foreignRole),
    reconciler('the reconciler gives itself more', 'iam:AttachRolePolicy', r.foreignRole),
  ];
}

function logsAndSecrets(r: Resources): Denied[] {
  return [
    worker("a worker reads logs of others' jobs", 'logs:GetLogEvents', r.workerLogs),
    worker('a worker searches logs', 'logs:FilterLogEvents', r.workerLogs),
    worker('a worker removes a log', 'logs:DeleteLogStream', r.workerLogs),
    worker("a worker writes to the API's log", 'logs:PutLogEvents', r.apiLogs),
    worker('a worker reads API keys', 'ssm:GetParametersByPath', r.apiKeys),
    worker('a worker makes up figures of the service', 'cloudwatch:PutMetricData', '*', {
      'cloudwatch:namespace': 'SerenReplicator',
    }),
    reconciler('the reconciler reads variables', 'ssm:GetParametersByPath', r.variables),
    reconciler('the reconciler reads API keys', 'ssm:GetParametersByPath', r.apiKeys),
    worker('a worker changes variables', 'ssm:PutParameter', `${r.variables}/SEREN_LOG_LEVEL`),
    api('the API changes API keys', 'ssm:PutParameter', `${r.apiKeys}/default`),
    api(
      'the API reads other parameters',
      'ssm:GetParametersByPath',
      `arn:aws:ssm:${region}:${accountId}:parameter/customers`,
    ),
    api('the API reads foreign logs', 'logs:GetLogEvents', r.foreignLogs),
    reconciler('the reconciler empties the dead letters', 'sqs:PurgeQueue', r.deadLetters),
    reconciler(
      'the reconciler writes to another queue',
      'sqs:SendMessage',
      `arn:aws:sqs:${region}:${accountId}:customers`,
    ),
  ];
}
