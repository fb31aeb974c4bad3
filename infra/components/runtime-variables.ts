import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { grantParameterReading } from './parameter-access.ts';
import type { Environment } from './program-environments.ts';
import type { ServiceRole } from './service-role.ts';
import type { StorageKey } from './storage-key.ts';

export interface RuntimeVariablesArgs {
  /** As they are configured; none means that no program asks. */
  variables: Readonly<Record<string, string>>;
  /** As `/seren-replication`. */
  parameterPrefix: string;
  region: string;
  accountId: string;
  storageKey: StorageKey;
  /** Whose programs may read them. */
  roles: readonly ServiceRole[];
}

/** Variables in Parameter Store, which programs read at their start where neither a file nor their environment has them. */
export class RuntimeVariables extends pulumi.ComponentResource {
  /** What tells a program where to look. */
  readonly environment: Environment;

  constructor(name: string, args: RuntimeVariablesArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:RuntimeVariables', name, {}, options);
    const path = `${args.parameterPrefix}/variables`;
    const variables = Object.entries(args.variables);
    for (const [variable, value] of variables) {
      new aws.ssm.Parameter(
        `${name}-${variable}`,
        {
          name: `${path}/${variable}`,
          type: 'SecureString',
          keyId: args.storageKey.arn,
          value: pulumi.secret(value),
        },
        { parent: this },
      );
    }
    const isAsked = variables.length > 0;
    this.environment = isAsked ? { SEREN_PARAMETERS_PATH: path } : {};
    if (isAsked) {
      for (const role of args.roles) {
        grantParameterReading(role, { ...args, purpose: name, path, parent: this });
      }
    }
    this.registerOutputs({ path });
  }
}
