/**
 * What the machine tells about itself: Amazon's metadata service, version 2 alone.
 *
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html
 */
import { MetadataService } from '@aws-sdk/ec2-metadata-service';
import { ReplicatorError } from '@seren-replicator/job-models';

const TIMEOUT_MS = 2_000;
const NOT_FOUND = 404;

/** What is at a path such as `meta-data/instance-id`; null where there is nothing. */
export type ReadMetadata = (path: string) => Promise<string | null>;

/** The endpoint is the usual one, or that of `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
export const readMetadata: ReadMetadata = async (path) => {
  // A new one each time: once a token could not be had, it never asks for another.
  const service = new MetadataService({ httpOptions: { timeout: TIMEOUT_MS }, ec2MetadataV1Disabled: true });
  try {
    return await service.request(`latest/${path}`, {});
  } catch (error) {
    if (statusOf(error) === NOT_FOUND) return null;
    throw error;
  }
};

const ASSIGNMENT = /^\s*(?:export\s+)?((?:SEREN|AWS)_[A-Z0-9_]+)=(.*)$/;

/**
 * The worker's environment as its machine knows it: which job it is for from the tags `JobId` and `Attempt`, the rest
 * from user data, lines of `NAME=value` that are the same for every machine and hold no secret.
 *
 * @throws ReplicatorError `invalid_config` when the metadata service does not answer
 */
export async function readInstanceEnvironment(read: ReadMetadata): Promise<Record<string, string>> {
  try {
    const [userData, jobId, attempt, region] = await Promise.all([
      read('user-data'),
      read('meta-data/tags/instance/JobId'),
      read('meta-data/tags/instance/Attempt'),
      read('meta-data/placement/region'),
    ]);
    return {
      ...(region === null ? {} : { AWS_REGION: region }),
      ...readAssignments(userData ?? ''),
      ...(jobId === null ? {} : { SEREN_JOB_ID: jobId }),
      ...(attempt === null ? {} : { SEREN_JOB_ATTEMPT: attempt }),
    };
  } catch (error) {
    throw new ReplicatorError('invalid_config', 'The metadata service of the machine does not answer.', {
      cause: error,
    });
  }
}

function readAssignments(text: string): Record<string, string> {
  const lines = text.split('\n').flatMap((line) => {
    const [, name, value = ''] = ASSIGNMENT.exec(line) ?? [];
    return name === undefined ? [] : [[name, value.trim()] as const];
  });
  return Object.fromEntries(lines);
}

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } }).$metadata;
  return metadata?.httpStatusCode;
}
