import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Network } from './network.ts';
import { subnetCidr } from './subnet-cidr.ts';
import { VpcEndpoints } from './vpc-endpoints.ts';

export interface PrivateNetworkArgs {
  /** A /16. */
  cidr: string;
  /** Names of the zones, two or three. */
  zones: readonly string[];
  natPerZone: boolean;
  region: string;
  /** Services that a bastion needs besides the others. */
  hasSessions: boolean;
}

/**
 * A VPC in which nothing has a public address: one private subnet a zone, a NAT gateway for the way to databases
 * elsewhere, and endpoints for AWS' own services, so that credentials and job records never leave its network.
 *
 * A zone's public subnet holds its NAT gateway and nothing else.
 */
export class PrivateNetwork extends pulumi.ComponentResource implements Network {
  readonly vpc: aws.ec2.Vpc;
  readonly workerSubnetIds: pulumi.Output<string>[];
  readonly #name: string;
  readonly #args: PrivateNetworkArgs;

  constructor(name: string, args: PrivateNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:PrivateNetwork', name, {}, options);
    this.#name = name;
    this.#args = args;
    this.vpc = new aws.ec2.Vpc(
      name,
      { cidrBlock: args.cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } },
      { parent: this },
    );
    this.#closeDefaultGroup();
    const gateways = this.#createNatGateways();
    const routeTables = args.zones.map((zone, index) =>
      this.#createRouteTable(zone, gateways[index] ?? gateways[0]),
    );
    this.workerSubnetIds = args.zones.map((zone, index) =>
      this.#createSubnet(zone, index, routeTables[index]),
    );
    new VpcEndpoints(
      `${name}-endpoints`,
      {
        vpc: this.vpc,
        region: args.region,
        subnetIds: this.workerSubnetIds,
        routeTableIds: routeTables.map((table) => table.id),
        hasSessions: args.hasSessions,
      },
      { parent: this },
    );
    this.registerOutputs({ vpcId: this.vpc.id });
  }

  get vpcId(): pulumi.Output<string> {
    return this.vpc.id;
  }

  /** The group that every VPC comes with lets its members talk to each other: here it lets nobody do anything. */
  #closeDefaultGroup(): void {
    new aws.ec2.DefaultSecurityGroup(
      this.#name,
      { vpcId: this.vpc.id, ingress: [], egress: [] },
      { parent: this },
    );
  }

  #createNatGateways(): aws.ec2.NatGateway[] {
    const { zones, natPerZone } = this.#args;
    const internet = new aws.ec2.InternetGateway(this.#name, { vpcId: this.vpc.id }, { parent: this });
    const routes = new aws.ec2.RouteTable(
      `${this.#name}-public`,
      { vpcId: this.vpc.id, routes: [{ cidrBlock: '0.0.0.0/0', gatewayId: internet.id }] },
      { parent: this },
    );
    return zones.slice(0, natPerZone ? zones.length : 1).map((zone, index) => {
      const name = `${this.#name}-public-${zone}`;
      const subnet = new aws.ec2.Subnet(
        name,
        {
          vpcId: this.vpc.id,
          availabilityZone: zone,
          cidrBlock: subnetCidr(this.#args.cidr, 'public', index),
          mapPublicIpOnLaunch: false,
          tags: { Name: name },
        },
        { parent: this },
      );
      new aws.ec2.RouteTableAssociation(
        name,
        { subnetId: subnet.id, routeTableId: routes.id },
        { parent: this },
      );
      const address = new aws.ec2.Eip(name, { domain: 'vpc' }, { parent: this });
      return new aws.ec2.NatGateway(
        name,
        { subnetId: subnet.id, allocationId: address.id },
        { parent: this, dependsOn: [internet] },
      );
    });
  }

  #createRouteTable(zone: string, gateway: aws.ec2.NatGateway | undefined): aws.ec2.RouteTable {
    return new aws.ec2.RouteTable(
      `${this.#name}-private-${zone}`,
      {
        vpcId: this.vpc.id,
        routes: gateway === undefined ? [] : [{ cidrBlock: '0.0.0.0/0', natGatewayId: gateway.id }],
      },
      { parent: this },
    );
  }

  #createSubnet(
    zone: string,
    index: number,
    routeTable: aws.ec2.RouteTable | undefined,
  ): pulumi.Output<string> {
    const name = `${this.#name}-private-${zone}`;
    const subnet = new aws.ec2.Subnet(
      name,
      {
        vpcId: this.vpc.id,
        availabilityZone: zone,
        cidrBlock: subnetCidr(this.#args.cidr, 'private', index),
        mapPublicIpOnLaunch: false,
        tags: { Name: name },
      },
      { parent: this },
    );
    if (routeTable !== undefined) {
      new aws.ec2.RouteTableAssociation(
        name,
        { subnetId: subnet.id, routeTableId: routeTable.id },
        { parent: this },
      );
    }
    return subnet.id;
  }
}
