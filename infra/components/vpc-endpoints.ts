import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

export interface VpcEndpointsArgs {
  vpc: aws.ec2.Vpc;
  region: string;
  subnetIds: pulumi.Input<string>[];
  routeTableIds: pulumi.Input<string>[];
  hasSessions: boolean;
}

/** Free, and a route: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html */
const gatewayServices = ['dynamodb', 's3'];
/** Addresses in each subnet, paid by the hour. */
const interfaceServices = ['ec2', 'kms', 'logs', 'monitoring', 'ssm'];
/** What Session Manager opens its channels through. */
const sessionServices = ['ec2messages', 'ssmmessages'];

/** Ways to AWS' services that do not leave its network. */
export class VpcEndpoints extends pulumi.ComponentResource {
  constructor(name: string, args: VpcEndpointsArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:VpcEndpoints', name, {}, options);
    for (const service of gatewayServices) {
      new aws.ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          vpcId: args.vpc.id,
          serviceName: `com.amazonaws.${args.region}.${service}`,
          vpcEndpointType: 'Gateway',
          routeTableIds: args.routeTableIds,
        },
        { parent: this },
      );
    }
    const group = this.#createGroup(name, args.vpc);
    for (const service of [...interfaceServices, ...(args.hasSessions ? sessionServices : [])]) {
      new aws.ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          vpcId: args.vpc.id,
          serviceName: `com.amazonaws.${args.region}.${service}`,
          vpcEndpointType: 'Interface',
          subnetIds: args.subnetIds,
          securityGroupIds: [group.id],
          privateDnsEnabled: true,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }

  #createGroup(name: string, vpc: aws.ec2.Vpc): aws.ec2.SecurityGroup {
    return new aws.ec2.SecurityGroup(
      name,
      {
        vpcId: vpc.id,
        description: 'Endpoints of AWS services: HTTPS from inside of the VPC',
        ingress: [
          {
            description: 'HTTPS from the VPC',
            protocol: 'tcp',
            fromPort: 443,
            toPort: 443,
            cidrBlocks: [vpc.cidrBlock],
          },
        ],
        egress: [],
      },
      { parent: this },
    );
  }
}
