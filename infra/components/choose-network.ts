import * as aws from '@pulumi/aws';
import type { LoadedConfig } from '../config/load-config.ts';
import { findDefaultNetwork } from './default-network.ts';
import type { Network } from './network.ts';
import { PrivateNetwork } from './private-network.ts';

const DEFAULT_CIDR = '10.60.0.0/16';
const DEFAULT_ZONES = 2;

export interface ChosenNetwork {
  /** Where workers are. */
  network: Network;
  /** The same, where it is one of our own: other parts need private subnets. */
  privateNetwork: PrivateNetwork | undefined;
}

export async function chooseNetwork(
  { network, names, region, bastion }: LoadedConfig,
  provider: aws.Provider,
): Promise<ChosenNetwork> {
  if (network.mode === 'default-vpc') {
    return { network: findDefaultNetwork(provider), privateNetwork: undefined };
  }
  const zones = await aws.getAvailabilityZones({ state: 'available', region });
  const privateNetwork = new PrivateNetwork(
    names.of('seren-replication'),
    {
      cidr: network.cidr ?? DEFAULT_CIDR,
      zones: zones.names.slice(0, network.zones ?? DEFAULT_ZONES),
      natPerZone: network.natPerZone ?? false,
      region,
      hasSessions: bastion !== undefined,
    },
    { provider },
  );
  return { network: privateNetwork, privateNetwork };
}
