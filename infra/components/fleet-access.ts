/**
 * What the reconciler may do in EC2: start machines from the fleet's template, as it is but for type, subnet and tags,
 * and end machines that carry the stage's tag and a job. `RunInstances` is decided for every resource that takes part.
 *
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances
 */
import * as pulumi from '@pulumi/pulumi';
import { workerFamilies } from '../config/worker-machines.ts';
import type { Network } from './network.ts';
import type { ServiceRole, Statement } from './service-role.ts';
import type { WorkerFleet } from './worker-fleet.ts';

export interface FleetAccess {
  fleet: WorkerFleet;
  network: Network;
  /** Value of the tag `ManagedBy` on the stage's machines. */
  managedBy: string;
  imageId: string;
  market: 'on-demand' | 'spot';
  worker: ServiceRole;
  region: string;
  accountId: string;
}

export function grantFleetControl(reconciler: ServiceRole, access: FleetAccess): void {
  reconciler.grant(
    'worker-fleet',
    [
      ...startMachines(access),
      tagNewMachines(access),
      // AWS lets nobody restrict who may look.
      { Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' },
      endOwnMachines(access),
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: access.worker.arn,
        Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      },
    ],
    { parent: access.fleet },
  );
}

function startMachines(access: FleetAccess): Statement[] {
  const { fleet, network, managedBy, imageId, market, region, accountId } = access;
  const own = `arn:aws:ec2:${region}:${accountId}`;
  const fromTemplate = { ArnEquals: { 'ec2:LaunchTemplate': fleet.launchTemplate.arn } };
  return [
    {
      Effect: 'Allow',
      Action: 'ec2:RunInstances',
      Resource: `${own}:instance/*`,
      Condition: {
        ArnEquals: {
          'ec2:LaunchTemplate': fleet.launchTemplate.arn,
          'ec2:InstanceProfile': fleet.profile.arn,
        },
        StringEquals: { 'aws:RequestTag/ManagedBy': managedBy, 'ec2:MetadataHttpTokens': 'required' },
        StringLike: { 'ec2:InstanceType': workerFamilies.map((family) => `${family}.*`) },
        Null: { 'aws:RequestTag/JobId': 'false' },
      },
    },
    {
      Effect: 'Allow',
      Action: 'ec2:RunInstances',
      Resource: `${own}:volume/*`,
      Condition: { ...fromTemplate, Bool: { 'ec2:Encrypted': 'true' } },
    },
    {
      Effect: 'Allow',
      Action: 'ec2:RunInstances',
      Resource: [`${own}:network-interface/*`, `arn:aws:ec2:${region}::image/${imageId}`],
      Condition: fromTemplate,
    },
    {
      Effect: 'Allow',
      Action: 'ec2:RunInstances',
      Resource: pulumi
        .all([fleet.launchTemplate.arn, fleet.securityGroup.arn, network.workerSubnetIds])
        .apply(([template, group, subnets]) => [
          template,
          group,
          ...subnets.map((id) => `${own}:subnet/${id}`),
          ...(market === 'spot' ? [`${own}:spot-instances-request/*`] : []),
        ]),
    },
  ];
}

/** Tags can be given at the start and never changed: they are what `TerminateInstances` is decided on. */
function tagNewMachines({ managedBy, region, accountId }: FleetAccess): Statement {
  const own = `arn:aws:ec2:${region}:${accountId}`;
  return {
    Effect: 'Allow',
    Action: 'ec2:CreateTags',
    Resource: [`${own}:instance/*`, `${own}:network-interface/*`, `${own}:volume/*`],
    Condition: {
      StringEquals: { 'ec2:CreateAction': 'RunInstances', 'aws:RequestTag/ManagedBy': managedBy },
    },
  };
}

function endOwnMachines({ managedBy, region, accountId }: FleetAccess): Statement {
  return {
    Effect: 'Allow',
    Action: 'ec2:TerminateInstances',
    Resource: `arn:aws:ec2:${region}:${accountId}:instance/*`,
    Condition: {
      StringEquals: { 'aws:ResourceTag/ManagedBy': managedBy },
      // Images are built on machines with the same tag, and without a job.
      Null: { 'aws:ResourceTag/JobId': 'false' },
    },
  };
}
