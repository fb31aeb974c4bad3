import { chooseMachine } from '@seren-replicator/job-models';
import type { DatabaseSize } from '@seren-replicator/replication';
import { jobSeconds } from './job-seconds.ts';
import { HOURS_PER_MONTH, priceList } from './price-list.ts';

const SECONDS_PER_HOUR = 3600;
const BYTES_PER_GIGABYTE = 1e9;
const ROOT_VOLUME_GIGABYTES = 20;
/** What a machine has besides itself: its volume and a public address. */
const EXTRAS_PER_HOUR =
  (ROOT_VOLUME_GIGABYTES * priceList.volumeGigabytePerMonth) / HOURS_PER_MONTH +
  priceList.publicAddressPerHour;

/** What a job will take, as far as it can be told beforehand. */
export interface Estimate {
  databases: DatabaseSize[];
  /** What to submit the job with: `--estimated-size`. */
  estimated_size_bytes: number;
  /** From the submission to the end. */
  seconds: number;
  instance_type: string;
  cost: {
    currency: 'USD';
    machine: number;
    /** Only when the source is in Amazon's network and the target is not. */
    traffic_out: number;
    prices_as_of: string;
    region: string;
  };
}

export function estimateJob(databases: DatabaseSize[], { verify }: { verify: boolean }): Estimate {
  const bytes = sum(databases, (size) => size.table_bytes + size.index_bytes + size.large_object_bytes);
  const copying = sum(databases, ({ seconds }) => seconds);
  const seconds = Math.ceil(jobSeconds(copying, { verify }));
  const { instanceType } = chooseMachine(bytes);
  const hours = seconds / SECONDS_PER_HOUR;
  // Indexes are built where they are needed: they do not travel.
  const travelling = sum(databases, (size) => size.table_bytes + size.large_object_bytes);
  return {
    databases,
    estimated_size_bytes: bytes,
    seconds,
    instance_type: instanceType,
    cost: {
      currency: 'USD',
      machine: round(hours * ((priceList.dollarsPerHour[instanceType] ?? 0) + EXTRAS_PER_HOUR)),
      traffic_out: round((travelling / BYTES_PER_GIGABYTE) * priceList.trafficOutPerGigabyte),
      prices_as_of: priceList.asOf,
      region: priceList.region,
    },
  };
}

/** To a hundredth of a cent. */
function round(dollars: number): number {
  return Math.round(dollars * 10_000) / 10_000;
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
