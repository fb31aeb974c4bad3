import file from '../prices.json' with { type: 'json' };
import { priceList } from '../../packages/cli/src/estimate/price-list.ts';

const { perHour, perMonth, perUse } = file;

/** Those of the stack, and those that `estimate` knows too, each from its one place. */
export const prices = {
  ...file,
  perHour: {
    ...perHour,
    publicAddress: priceList.publicAddressPerHour,
    instances: { ...perHour.instances, ...priceList.dollarsPerHour } as Readonly<Record<string, number>>,
  },
  perMonth: { ...perMonth, volumeGigabyte: priceList.volumeGigabytePerMonth },
  perUse: { ...perUse, trafficOutGigabyte: priceList.trafficOutPerGigabyte },
};

/** @throws Error for a type without a price: it is not to be taken for free */
export function instancePerHour(instanceType: string): number {
  const dollars = prices.perHour.instances[instanceType];
  if (dollars === undefined) throw new Error(`infra/prices.json has no price for ${instanceType}; add it.`);
  return dollars;
}
