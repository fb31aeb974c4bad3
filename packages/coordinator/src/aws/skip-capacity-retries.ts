import { StandardRetryStrategy } from '@smithy/core/retry';

/**
 * A lack of capacity, or of addresses in the subnet: another type or zone may have what this one has not.
 *
 * https://docs.aws.amazon.com/ec2/latest/devguide/api-error-codes.html
 */
const capacityErrors = new Set([
  'InsufficientCapacity',
  'InsufficientFreeAddressesInSubnet',
  'InsufficientHostCapacity',
  'InsufficientInstanceCapacity',
  'InsufficientReservedInstanceCapacity',
  'SpotMaxPriceTooLow',
  'UnfulfillableCapacity',
  'Unsupported',
]);

export function isMissingCapacity(error: unknown): boolean {
  return error instanceof Error && capacityErrors.has(error.name);
}

type Refresh = StandardRetryStrategy['refreshRetryTokenForRetry'];

/** Backs off as the SDK does, but not on a lack of capacity: EC2 calls that a fault of its own, which the SDK repeats. */
export class SkipCapacityRetries extends StandardRetryStrategy {
  override async refreshRetryTokenForRetry(
    token: Parameters<Refresh>[0],
    errorInfo: Parameters<Refresh>[1],
  ): ReturnType<Refresh> {
    if (isMissingCapacity(errorInfo.error)) throw new Error('There is nothing to repeat.');
    return super.refreshRetryTokenForRetry(token, errorInfo);
  }
}
