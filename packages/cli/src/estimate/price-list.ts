/**
 * What machines of the service cost, as one dated list: Amazon's list prices on demand, in US dollars.
 *
 * https://aws.amazon.com/ec2/pricing/on-demand/, https://aws.amazon.com/ebs/pricing/
 */
export interface PriceList {
  readonly asOf: string;
  readonly region: string;
  /** By instance type, every one that a job may get first. */
  readonly dollarsPerHour: Readonly<Record<string, number>>;
  readonly publicAddressPerHour: number;
  /** Of gp3. */
  readonly volumeGigabytePerMonth: number;
  /** From Amazon to the Internet, for a target that is elsewhere. */
  readonly trafficOutPerGigabyte: number;
}

export const priceList: PriceList = {
  asOf: '2025-09',
  region: 'us-east-1',
  dollarsPerHour: { 'm7i.large': 0.1008, 'm7i.xlarge': 0.2016, 'm7i.2xlarge': 0.4032 },
  publicAddressPerHour: 0.005,
  volumeGigabytePerMonth: 0.08,
  trafficOutPerGigabyte: 0.09,
};

/** As Amazon counts a month. */
export const HOURS_PER_MONTH = 730;
