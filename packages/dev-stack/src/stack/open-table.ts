import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DEFAULT_TABLE_NAME, ensureJobTable, type JobTable } from '@seren-replicator/job-store';

/** The emulator takes any; these are nobody's. */
export const EMULATOR_CREDENTIALS = { accessKeyId: 'dev-stack', secretAccessKey: 'dev-stack' };
export const EMULATOR_REGION = 'us-east-1';

/**
 * On one machine a connection comes at once or is refused: what takes time is the wait for a free one, when a thousand
 * clients ask at once.
 */
const REQUEST_LIMITS = { connectionTimeout: 30_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/** The job table on the emulator, created when it is missing. The caller destroys the client. */
export async function openTable(endpoint: string): Promise<JobTable> {
  const client = new DynamoDBClient({
    endpoint,
    region: EMULATOR_REGION,
    credentials: EMULATOR_CREDENTIALS,
    requestHandler: REQUEST_LIMITS,
  });
  const table = { client, tableName: DEFAULT_TABLE_NAME };
  await ensureJobTable(table);
  return table;
}
