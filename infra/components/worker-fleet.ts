import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { DEFAULT_WORKER_TYPE } from '../config/worker-machines.ts';
import type { Network } from './network.ts';
import type { ServiceRole } from './service-role.ts';

export interface WorkerFleetArgs {
  /** Name in AWS, as `seren-replication-worker`. */
  fleetName: string;
  /** Value of the tag `ManagedBy` on the stage's machines. */
  managedBy: string;
  imageId: string;
  rootVolumeGigabytes: number;
  market: 'on-demand' | 'spot';
  postgresPorts: readonly number[];
  network: Network;
  role: ServiceRole;
  /** What every worker is told, as variables; nothing secret, since user data can be read by whoever may look. */
  environment: Record<string, pulumi.Input<string>>;
}

const HTTPS_PORT = 443;
/** What the image's root volume is called: Ubuntu's name for it, see `packer/worker.pkr.hcl`. */
const ROOT_DEVICE = '/dev/sda1';

/**
 * What a worker's machine is made from. The reconciler starts one for each attempt of a job and names the instance
 * type, the subnet and the job. A machine that powers off is gone, with its volume.
 */
export class WorkerFleet extends pulumi.ComponentResource {
  readonly launchTemplate: aws.ec2.LaunchTemplate;
  readonly securityGroup: aws.ec2.SecurityGroup;
  readonly profile: aws.iam.InstanceProfile;

  constructor(name: string, args: WorkerFleetArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:WorkerFleet', name, {}, options);
    this.securityGroup = new aws.ec2.SecurityGroup(
      name,
      {
        name: args.fleetName,
        description: 'Workers: nobody may connect to them, they may connect to databases and AWS',
        vpcId: args.network.vpcId,
        ingress: [],
        egress: [HTTPS_PORT, ...args.postgresPorts].map(egressTo),
      },
      { parent: this },
    );
    this.profile = new aws.iam.InstanceProfile(
      name,
      { name: args.fleetName, role: args.role.role.name },
      { parent: this },
    );
    this.launchTemplate = this.#createTemplate(name, args);
    this.registerOutputs({ launchTemplateId: this.launchTemplate.id });
  }

  #createTemplate(name: string, args: WorkerFleetArgs): aws.ec2.LaunchTemplate {
    const tags = { ManagedBy: args.managedBy, Name: args.fleetName };
    return new aws.ec2.LaunchTemplate(
      name,
      {
        name: args.fleetName,
        updateDefaultVersion: true,
        imageId: args.imageId,
        instanceType: DEFAULT_WORKER_TYPE,
        iamInstanceProfile: { arn: this.profile.arn },
        userData: toUserData(args.environment),
        instanceInitiatedShutdownBehavior: 'terminate',
        ebsOptimized: 'true',
        monitoring: { enabled: false },
        metadataOptions: {
          httpEndpoint: 'enabled',
          httpTokens: 'required',
          // The worker runs on the machine itself: nothing behind another hop may ask.
          httpPutResponseHopLimit: 1,
          instanceMetadataTags: 'enabled',
        },
        // Not as a network interface: EC2 refuses a template with one when the call names the subnet.
        vpcSecurityGroupIds: [this.securityGroup.id],
        blockDeviceMappings: [
          {
            deviceName: ROOT_DEVICE,
            ebs: {
              volumeType: 'gp3',
              volumeSize: args.rootVolumeGigabytes,
              // With the account's own key for volumes: one of ours would have to be granted to spot requests apart.
              encrypted: 'true',
              deleteOnTermination: 'true',
            },
          },
        ],
        ...(args.market === 'spot'
          ? {
              instanceMarketOptions: {
                marketType: 'spot',
                spotOptions: { spotInstanceType: 'one-time', instanceInterruptionBehavior: 'terminate' },
              },
            }
          : {}),
        tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({
          resourceType,
          tags,
        })),
      },
      { parent: this },
    );
  }
}

/** Lines of `NAME=value`, which `packages/worker/src/instance-metadata.ts` reads. */
function toUserData(environment: WorkerFleetArgs['environment']): pulumi.Output<string> {
  return pulumi.output(environment).apply((variables) =>
    Buffer.from(
      Object.entries(variables)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    ).toString('base64'),
  );
}

/** Names are resolved by the VPC's own server and credentials come from the metadata service: groups let both pass. */
function egressTo(port: number): aws.types.input.ec2.SecurityGroupEgress {
  return {
    description: port === HTTPS_PORT ? 'AWS services' : 'Databases',
    protocol: 'tcp',
    fromPort: port,
    toPort: port,
    cidrBlocks: ['0.0.0.0/0'],
    ipv6CidrBlocks: ['::/0'],
  };
}
