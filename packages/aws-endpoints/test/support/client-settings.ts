import type { AwsCredentials, AwsEndpoints } from '../../src/index.ts';

export const settingsFor = (aws: AwsEndpoints, credentials: AwsCredentials = aws.credentials) => ({
  endpoint: aws.url,
  region: aws.region,
  credentials,
});
