import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

export type Statement = aws.iam.PolicyStatement;

export interface ServiceRoleArgs {
  /** Name in AWS. */
  roleName: string;
  /** Who may take the role. */
  service: 'lambda.amazonaws.com' | 'ec2.amazonaws.com';
}

/**
 * A role without permissions: each component grants what its own resource needs to be used, beside that resource.
 * The role is there before any of them, because keys name it in their policies.
 */
export class ServiceRole extends pulumi.ComponentResource {
  readonly role: aws.iam.Role;
  readonly #name: string;

  constructor(
    name: string,
    { roleName, service }: ServiceRoleArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('seren-replicator:ServiceRole', name, {}, options);
    this.#name = name;
    this.role = new aws.iam.Role(
      name,
      {
        name: roleName,
        assumeRolePolicy: pulumi.jsonStringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
        }),
      },
      { parent: this },
    );
    this.registerOutputs({ arn: this.role.arn });
  }

  get arn(): pulumi.Output<string> {
    return this.role.arn;
  }

  /** @param purpose names the policy, as `job-table`. */
  grant(purpose: string, statements: Statement[], options: { parent: pulumi.Resource }): aws.iam.RolePolicy {
    return new aws.iam.RolePolicy(
      `${this.#name}-${purpose}`,
      {
        name: purpose,
        role: this.role.name,
        policy: pulumi.jsonStringify({ Version: '2012-10-17', Statement: statements }),
      },
      options,
    );
  }
}
