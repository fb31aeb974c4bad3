import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { keyAdministration } from './key-administration.ts';
import type { Statement } from './service-role.ts';

interface RotatedKeyArgs {
  description: string;
  /** Without `alias/`. */
  aliasName: string;
  accountId: string;
  /** Who may use it; that administrators may change it goes without saying. */
  statements: readonly Statement[];
}

/** Days in which a key that was deleted by mistake can be brought back; the longest that there is. */
const DELETION_WINDOW_DAYS = 30;

/** A key of our own that changes every year, and the name that it is found by. */
export function createRotatedKey(
  name: string,
  { description, aliasName, accountId, statements }: RotatedKeyArgs,
  options: { parent: pulumi.Resource },
): { key: aws.kms.Key; alias: aws.kms.Alias } {
  const key = new aws.kms.Key(
    name,
    {
      description,
      enableKeyRotation: true,
      deletionWindowInDays: DELETION_WINDOW_DAYS,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [keyAdministration(accountId), ...statements],
      }),
    },
    options,
  );
  const alias = new aws.kms.Alias(name, { name: `alias/${aliasName}`, targetKeyId: key.keyId }, options);
  return { key, alias };
}
