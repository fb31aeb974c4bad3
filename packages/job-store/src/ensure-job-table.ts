import {
  CreateTableCommand,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { jobTableDefinition, jobTableTimeToLive } from './job-table-definition.ts';
import type { JobTable } from './job-table.ts';

const MAX_WAIT_SECONDS = 60;

/** Creates the table when it is missing. For the dev stack and for tests: in AWS the infrastructure owns it. */
export async function ensureJobTable({ client, tableName }: JobTable): Promise<void> {
  try {
    await client.send(new CreateTableCommand({ ...jobTableDefinition, TableName: tableName }));
  } catch (error) {
    if (error instanceof ResourceInUseException) return;
    throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT_SECONDS }, { TableName: tableName });
  await client.send(
    new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification: jobTableTimeToLive }),
  );
}
