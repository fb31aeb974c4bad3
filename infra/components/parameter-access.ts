import type * as pulumi from '@pulumi/pulumi';
import type { ServiceRole } from './service-role.ts';
import type { StorageKey } from './storage-key.ts';

export interface ParameterAccess {
  /** Names the policy. */
  purpose: string;
  /** As `/seren-replication/api-keys`. */
  path: string;
  region: string;
  accountId: string;
  storageKey: StorageKey;
  parent: pulumi.Resource;
}

/**
 * To read the SecureStrings directly below a path; Parameter Store decrypts them in the caller's name, and says in the
 * context which one it is about.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
 */
export function grantParameterReading(role: ServiceRole, access: ParameterAccess): void {
  const { purpose, path, region, accountId, storageKey, parent } = access;
  const parameters = `arn:aws:ssm:${region}:${accountId}:parameter${path}`;
  role.grant(
    purpose,
    [
      { Effect: 'Allow', Action: 'ssm:GetParametersByPath', Resource: parameters },
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: storageKey.arn,
        Condition: {
          StringEquals: { 'kms:ViaService': `ssm.${region}.amazonaws.com` },
          ArnLike: { 'kms:EncryptionContext:PARAMETER_ARN': `${parameters}/*` },
        },
      },
    ],
    { parent },
  );
}
