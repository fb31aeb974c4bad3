/** What one job costs, by the size of what it copies. */
import { chooseMachine } from '@seren-replicator/job-models';
import { jobSeconds } from '../../packages/cli/src/estimate/job-seconds.ts';
import { HOURS_PER_MONTH } from '../../packages/cli/src/estimate/price-list.ts';
import { ASSUMED_BYTES_PER_SECOND } from '../../packages/replication/src/estimate/copy-seconds.ts';
import { instancePerHour, prices } from './prices.ts';

export interface JobCost {
  gigabytes: number;
  instanceType: string;
  hours: number;
  /** Machine, its volume and address, its progress. */
  dollars: number;
  /** What passes the NAT gateways, where there are any, both ways. */
  natDollars: number;
  /** More, when the source is in Amazon's network and the target is not. */
  trafficOutDollars: number;
}

export interface JobSurroundings {
  market: 'on-demand' | 'spot';
  isPrivate: boolean;
  rootVolumeGigabytes: number;
}

const BYTES_PER_GIGABYTE = 1e9;
/** Progress each second, each time a record of about three kilobytes. */
const WRITE_UNITS_PER_SECOND = 3;
/** Each of those writes is told to the reconciler, which looks for 20 ms with half a gigabyte, in one trace. */
const LOOK_GIGABYTE_SECONDS = 0.01;

export function jobCost(
  gigabytes: number,
  { market, isPrivate, rootVolumeGigabytes }: JobSurroundings,
): JobCost {
  const bytes = gigabytes * BYTES_PER_GIGABYTE;
  const { instanceType } = chooseMachine(bytes);
  const seconds = jobSeconds(bytes / ASSUMED_BYTES_PER_SECOND, { verify: true });
  const hours = seconds / 3_600;
  const { perHour, perMonth, perUse, spotShare } = prices;
  const machine = instancePerHour(instanceType) * (market === 'spot' ? spotShare : 1);
  const volume = (rootVolumeGigabytes * perMonth.volumeGigabyte) / HOURS_PER_MONTH;
  const address = isPrivate ? 0 : perHour.publicAddress;
  const look =
    (perUse.lambdaMillionRequests + perUse.traceMillion) / 1e6 +
    LOOK_GIGABYTE_SECONDS * perUse.lambdaGigabyteSecond;
  const progress = seconds * ((WRITE_UNITS_PER_SECOND * perUse.tableMillionWrites) / 1e6 + look);
  return {
    gigabytes,
    instanceType,
    hours,
    dollars: hours * (machine + volume + address) + progress,
    natDollars: isPrivate ? 2 * gigabytes * perUse.natGigabyte : 0,
    trafficOutDollars: gigabytes * perUse.trafficOutGigabyte,
  };
}
