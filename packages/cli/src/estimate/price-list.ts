/**
 * What machines of the service cost, as one dated list: Amazon's list prices on demand in us-east-1, in US dollars.
 * Sizes are the defaults of `worker.sizes` in infra/config/config-schema.ts; a service may be configured otherwise.
 *
 * https://aws.amazon.com/ec2/pricing/on-demand/, https://aws.amazon.com/ebs/pricing/
 */
export const priceList = {
  asOf: '2025-09',
  region: 'us-east-1',
  machines: [
    { upToBytes: 10e9, instanceType: 'c8g.large', dollarsPerHour: 0.0798 },
    { upToBytes: 200e9, instanceType: 'c8g.xlarge', dollarsPerHour: 0.1595 },
    { upToBytes: Infinity, instanceType: 'c8gn.2xlarge', dollarsPerHour: 0.4742 },
  ],
  /** Of the root volume, 20 GB of gp3 at 0.08 a month, and a public address. */
  machineExtrasPerHour: (20 * 0.08) / 730 + 0.005,
  /** From Amazon to the Internet, for a target that is elsewhere. */
  trafficOutPerGigabyte: 0.09,
} as const;
