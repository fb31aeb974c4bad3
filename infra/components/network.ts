import type * as pulumi from '@pulumi/pulumi';

/** Where workers are. What is in front of it is `default-network.ts` or `private-network.ts`. */
export interface Network {
  vpcId: pulumi.Input<string>;
  /** In several zones: a worker goes to the next one where a zone has no capacity. */
  workerSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
}
