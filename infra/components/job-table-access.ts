/**
 * Who may do what with the job table. Everybody names the attributes that it writes: a worker cannot change whose job
 * it is or what the job is to do, the API cannot end one, and nobody scans or deletes.
 *
 * `dynamodb:Attributes` are those of a request's key and expressions.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
import type * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import { OWNER_INDEX, STATUS_INDEX, type JobTable } from './job-table.ts';
import type { ServiceRole, Statement } from './service-role.ts';
import type { StorageKey } from './storage-key.ts';

export interface JobTableAccess {
  jobTable: JobTable;
  storageKey: StorageKey;
  region: string;
}

/** Every move names its job, the state that it leaves, and puts the expiry off. */
const everyMove = ['job_id', 'status', 'ttl'];

const requestCancel = [...everyMove, 'owner', 'cancel_requested_at'];

/** Which jobs of an owner are unfinished is an item of its own, `packages/job-store/src/open-jobs.ts`. */
const placesOfOwner = { keys: 'open-jobs:*', attributes: ['job_id', 'open_jobs'] };

const workerMoves = [
  ...everyMove,
  'attempt',
  'worker_id',
  'claimed_at',
  'lease_expires_at',
  'started_at',
  'completed_at',
  'cancel_requested_at',
  'machine_requested_at',
  'progress',
  'result',
  'error',
  'error_code',
];

const reconcilerMoves = [
  ...everyMove,
  'attempt',
  'lost_attempts',
  'worker_id',
  'claimed_at',
  'lease_expires_at',
  'completed_at',
  'cancel_requested_at',
  'machine_requested_at',
  'progress',
  'error',
  'error_code',
];

/** Submits, shows and lists jobs, and notes that one is to be cancelled. */
export function grantJobSubmission(api: ServiceRole, access: JobTableAccess): void {
  const { jobTable } = access;
  api.grant(
    'job-table',
    [
      allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem'], jobTable.arn),
      allow(['dynamodb:Query'], jobTable.indexArn(OWNER_INDEX)),
      allowUpdate(jobTable, requestCancel),
      allowUpdate(jobTable, placesOfOwner.attributes, placesOfOwner.keys),
      decryptThroughTable(access),
    ],
    { parent: jobTable },
  );
}

/** Finds unfinished jobs and moves them; reads the stream, which Lambda tries when it is told to follow it. */
export function grantReconciling(reconciler: ServiceRole, access: JobTableAccess): aws.iam.RolePolicy {
  const { jobTable } = access;
  return reconciler.grant(
    'job-table',
    [
      allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem'], jobTable.arn),
      allow(['dynamodb:Query'], jobTable.indexArn(STATUS_INDEX)),
      allowUpdate(jobTable, reconcilerMoves),
      allow(
        ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        jobTable.table.streamArn,
      ),
      // The one call about streams that AWS lets nobody restrict.
      allow(['dynamodb:ListStreams'], '*'),
      decryptThroughTable(access),
    ],
    { parent: jobTable },
  );
}

/** Claims a job and tells how it goes; each such write brings the record back, and it needs no other read. */
export function grantJobRun(worker: ServiceRole, access: JobTableAccess): void {
  worker.grant('job-table', [allowUpdate(access.jobTable, workerMoves), decryptThroughTable(access)], {
    parent: access.jobTable,
  });
}

function allow(actions: string[], resource: pulumi.Input<string>): Statement {
  return { Effect: 'Allow', Action: actions, Resource: resource };
}

/** `ForAllValues` is true for a request that names no attributes: `Null` closes that. */
function allowUpdate(jobTable: JobTable, attributes: string[], keys?: string): Statement {
  return {
    Effect: 'Allow',
    Action: 'dynamodb:UpdateItem',
    Resource: jobTable.arn,
    Condition: {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes },
      ...(keys === undefined ? {} : { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } }),
      Null: {
        'dynamodb:Attributes': 'false',
        ...(keys === undefined ? {} : { 'dynamodb:LeadingKeys': 'false' }),
      },
    },
  };
}

/**
 * Whoever reads the table decrypts with its key, as far as KMS is concerned; through DynamoDB, and not otherwise.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
function decryptThroughTable({ storageKey, region }: JobTableAccess): Statement {
  return {
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: storageKey.arn,
    Condition: { StringEquals: { 'kms:ViaService': `dynamodb.${region}.amazonaws.com` } },
  };
}
