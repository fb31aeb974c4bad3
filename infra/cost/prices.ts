import file from '../prices.json' with { type: 'json' };
import { priceList } from '../../packages/cli/src/estimate/price-list.ts';

export const prices = {
  ...file,
  perHour: {
    ...file.perHour,
    instances: { ...file.perHour.instances, ...priceList.dollarsPerHour } as Readonly<Record<string, number>>,
  },
};

export const HOURS_PER_MONTH = 730;
