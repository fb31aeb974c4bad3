/** Which machine a job gets, by the size that it was submitted with: what the service starts, and clients estimate. */

/** An EC2 instance type for workers, and up to which size of databases it is taken. */
export interface MachineSize {
  readonly instanceType: string;
  /** Of the same size, from other families: taken in this order when the first one cannot be had. */
  readonly alternatives: readonly string[];
  readonly maxBytes: number;
}

const GIB = 2 ** 30;

const machineSize = (size: string, maxBytes: number): MachineSize => ({
  instanceType: `m7i.${size}`,
  alternatives: ['m7a', 'm6i', 'm6a'].map((family) => `${family}.${size}`),
  maxBytes,
});

/**
 * A copy is bound by the servers and the network; the worker's processors matter for TLS, and its memory for how many
 * tables go at once. So a machine doubles when the size grows tenfold.
 */
export const machineSizes: readonly [MachineSize, ...MachineSize[]] = [
  machineSize('large', 100 * GIB),
  machineSize('xlarge', 1_000 * GIB),
  machineSize('2xlarge', Infinity),
];

/** @param sizeBytes `estimated_size_bytes` of a job; 0 where nobody said, which gets the smallest */
export function chooseMachine(sizeBytes: number): MachineSize {
  return machineSizes.find(({ maxBytes }) => sizeBytes <= maxBytes) ?? machineSizes[0];
}
