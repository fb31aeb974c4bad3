import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { PrivateNetwork } from './private-network.ts';
import { ServiceRole } from './service-role.ts';
import type { StorageKey } from './storage-key.ts';

export interface BastionArgs {
  /** Name in AWS. */
  bastionName: string;
  instanceType: string;
  accountId: string;
  region: string;
  network: PrivateNetwork;
  storageKey: StorageKey;
  provider: aws.Provider;
}

/** Amazon Linux with the agent of Session Manager on it. */
const IMAGE_PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64';
const ROOT_VOLUME_GIGABYTES = 8;

/**
 * A way into the VPC for people: ports are forwarded by Session Manager, which asks IAM and keeps a record. No key, no
 * open port, no public address. `scripts/db-tunnel` uses it.
 */
export class Bastion extends pulumi.ComponentResource {
  readonly instance: aws.ec2.Instance;
  readonly securityGroup: aws.ec2.SecurityGroup;

  constructor(name: string, args: BastionArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:Bastion', name, {}, options);
    this.securityGroup = this.#createGroup(name, args);
    const role = this.#createRole(name, args);
    const profile = new aws.iam.InstanceProfile(
      name,
      { name: args.bastionName, role: role.role.name },
      { parent: this },
    );
    this.instance = this.#createInstance(name, args, profile);
    this.registerOutputs({ instanceId: this.instance.id });
  }

  #createGroup(name: string, { bastionName, network }: BastionArgs): aws.ec2.SecurityGroup {
    return new aws.ec2.SecurityGroup(
      name,
      {
        name: bastionName,
        description: 'Bastion: nobody may connect to it; it reaches Session Manager and databases of the VPC',
        vpcId: network.vpcId,
        ingress: [],
        egress: [
          {
            description: 'Session Manager',
            protocol: 'tcp',
            fromPort: 443,
            toPort: 443,
            cidrBlocks: [network.vpc.cidrBlock],
          },
          {
            description: 'Databases of the VPC',
            protocol: 'tcp',
            fromPort: 5432,
            toPort: 5432,
            cidrBlocks: [network.vpc.cidrBlock],
          },
        ],
      },
      { parent: this },
    );
  }

  /** What the agent calls; of AWS' managed policy for it the part that sessions need. */
  #createRole(name: string, { bastionName, accountId, region }: BastionArgs): ServiceRole {
    const role = new ServiceRole(
      name,
      { roleName: bastionName, service: 'ec2.amazonaws.com' },
      { parent: this },
    );
    role.grant(
      'sessions',
      [
        {
          Effect: 'Allow',
          Action: 'ssm:UpdateInstanceInformation',
          Resource: `arn:aws:ec2:${region}:${accountId}:instance/*`,
        },
        {
          Effect: 'Allow',
          Action: [
            'ssmmessages:CreateControlChannel',
            'ssmmessages:CreateDataChannel',
            'ssmmessages:OpenControlChannel',
            'ssmmessages:OpenDataChannel',
          ],
          Resource: '*',
        },
      ],
      { parent: this },
    );
    return role;
  }

  #createInstance(
    name: string,
    { bastionName, instanceType, network, storageKey, provider }: BastionArgs,
    profile: aws.iam.InstanceProfile,
  ): aws.ec2.Instance {
    const image = aws.ssm.getParameterOutput({ name: IMAGE_PARAMETER }, { provider });
    return new aws.ec2.Instance(
      name,
      {
        ami: image.value,
        instanceType,
        subnetId: network.workerSubnetIds[0] ?? '',
        vpcSecurityGroupIds: [this.securityGroup.id],
        iamInstanceProfile: profile.name,
        associatePublicIpAddress: false,
        metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
        rootBlockDevice: {
          volumeType: 'gp3',
          volumeSize: ROOT_VOLUME_GIGABYTES,
          encrypted: true,
          kmsKeyId: storageKey.arn,
        },
        tags: { Name: bastionName },
      },
      // A newer image is no reason to replace it in passing; `pulumi up --replace` does when it is wanted.
      { parent: this, ignoreChanges: ['ami'] },
    );
  }
}
