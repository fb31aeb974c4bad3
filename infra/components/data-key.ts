import type * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { createRotatedKey } from './rotated-key.ts';
import type { ServiceRole, Statement } from './service-role.ts';

export interface DataKeyArgs {
  /** Without `alias/`. */
  aliasName: string;
  accountId: string;
  /** May seal, and not open. */
  api: ServiceRole;
  /** May open, and not seal. */
  worker: ServiceRole;
}

/**
 * The key that connection URLs are sealed with. Its policy alone says who may use it; the account's administrators
 * may not. What is sealed names its job in the encryption context, and KMS opens it under the same context only.
 *
 * A machine's credentials are those of its role, whatever job it has: the policy can ask for a job in the context,
 * not for the machine's own. That another job's URLs stay closed to it rests on the job table, see `worker-access.ts`.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
 */
export class DataKey extends pulumi.ComponentResource {
  readonly key: aws.kms.Key;
  readonly alias: aws.kms.Alias;

  constructor(name: string, args: DataKeyArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:DataKey', name, {}, options);
    const { key, alias } = createRotatedKey(
      name,
      {
        description: 'Seals connection URLs, each to one job',
        aliasName: args.aliasName,
        accountId: args.accountId,
        statements: [
          sealOrOpen('SealUrls', args.api, 'kms:Encrypt'),
          sealOrOpen('OpenUrls', args.worker, 'kms:Decrypt'),
        ],
      },
      { parent: this },
    );
    this.key = key;
    this.alias = alias;
    this.registerOutputs({ arn: this.key.arn });
  }
}

/** `kms:EncryptionContext:job_id` must be there, and nothing but what the sealer writes. */
function sealOrOpen(sid: string, { arn }: ServiceRole, action: string): Statement {
  return {
    Sid: sid,
    Effect: 'Allow',
    Principal: { AWS: arn },
    Action: action,
    Resource: '*',
    Condition: {
      Null: { 'kms:EncryptionContext:job_id': 'false', 'kms:EncryptionContext:side': 'false' },
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['job_id', 'side'] },
    },
  };
}
