import * as aws from '@pulumi/aws';
import type { Network } from './network.ts';

/**
 * The account's default VPC: nothing to pay for, nothing to create. Workers have public addresses, which their
 * security group opens to nobody.
 */
export function findDefaultNetwork(provider: aws.Provider): Network {
  const vpc = aws.ec2.getVpcOutput({ default: true }, { provider });
  const subnets = aws.ec2.getSubnetsOutput(
    {
      filters: [
        { name: 'vpc-id', values: [vpc.id] },
        { name: 'default-for-az', values: ['true'] },
      ],
    },
    { provider },
  );
  return { vpcId: vpc.id, workerSubnetIds: subnets.ids };
}
