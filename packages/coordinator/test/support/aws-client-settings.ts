import type { AwsCredentials, AwsEndpoints } from '@seren-replicator/aws-endpoints';

export const settingsFor = (aws: AwsEndpoints, credentials: AwsCredentials = aws.credentials) => ({
  endpoint: aws.url,
  region: aws.region,
  credentials,
});
