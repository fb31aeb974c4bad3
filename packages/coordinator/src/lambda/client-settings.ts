/**
 * For every client of a function that somebody waits for: a request that hangs is given up on soon enough to be tried
 * again within the function's own time.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};
