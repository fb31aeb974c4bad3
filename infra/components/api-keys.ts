import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { grantParameterReading } from './parameter-access.ts';
import type { ServiceRole } from './service-role.ts';
import type { StorageKey } from './storage-key.ts';

export interface ApiKeysArgs {
  /** A key for each. To rotate one: add a name, move the callers, remove the old name. */
  names: readonly string[];
  /** As `/seren-replication`. */
  parameterPrefix: string;
  region: string;
  accountId: string;
  storageKey: StorageKey;
  /** May read them. */
  api: ServiceRole;
}

/** Letters and digits, 62 of each: 256 bits. */
const KEY_LENGTH = 43;

/** Random keys in Parameter Store, and in the stack's state, where Pulumi encrypts them. */
export class ApiKeys extends pulumi.ComponentResource {
  /** As `/seren-replication/api-keys`; the last part of a parameter's name is the name of its key. */
  readonly path: string;

  constructor(name: string, args: ApiKeysArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:ApiKeys', name, {}, options);
    this.path = `${args.parameterPrefix}/api-keys`;
    for (const keyName of args.names) this.#createKey(name, keyName, args.storageKey);
    grantParameterReading(args.api, { ...args, purpose: 'api-keys', path: this.path, parent: this });
    this.registerOutputs({ path: this.path });
  }

  #createKey(name: string, keyName: string, storageKey: StorageKey): void {
    const key = new random.RandomPassword(
      `${name}-${keyName}`,
      { length: KEY_LENGTH, special: false },
      { parent: this },
    );
    new aws.ssm.Parameter(
      `${name}-${keyName}`,
      {
        name: `${this.path}/${keyName}`,
        description: `API key "${keyName}"; jobs that it submits belong to this name`,
        type: 'SecureString',
        keyId: storageKey.arn,
        value: key.result,
      },
      { parent: this },
    );
  }
}
