import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynamoDb } from '@seren-replicator/local-servers';
import { ensureJobTable, type JobTable } from '../../src/index.ts';

/** A fresh, empty table on an emulator of its own. */
export async function startJobTable(): Promise<{ table: JobTable; stop: () => Promise<void> }> {
  const server = await startDynamoDb();
  const client = new DynamoDBClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const table = { client, tableName: 'replication-jobs' };
  await ensureJobTable(table);
  return {
    table,
    stop: async () => {
      client.destroy();
      await server.stop();
    },
  };
}
