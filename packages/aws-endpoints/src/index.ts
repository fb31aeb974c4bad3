export type { Instance, InstanceState } from './ec2/ec2-service.ts';
export {
  startInstanceMetadata,
  type InstanceMetadata,
  type InstanceMetadataOptions,
} from './imds/start-instance-metadata.ts';
export type { LogEvent } from './logs/logs-service.ts';
export { startAwsEndpoints, type AwsEndpoints, type RecordedCall } from './start-aws-endpoints.ts';
export type { Fault, FaultKind } from './wire/faults.ts';
export type { AwsCredentials } from './wire/principals.ts';
