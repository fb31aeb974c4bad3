/**
 * AWS telling a client to slow down, after the client has tried again for as long as it was told to.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
const throttlingErrors = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

export function isThrottling(error: unknown): boolean {
  return error instanceof Error && throttlingErrors.has(error.name);
}
