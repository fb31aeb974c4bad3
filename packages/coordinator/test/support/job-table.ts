import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ensureJobTable, type JobTable } from '@seren-replicator/job-store';
import { startDynamoDb } from '@seren-replicator/local-servers';

/** An emulator with an empty table, and more of them on demand. */
export async function startJobTable(): Promise<{
  table: JobTable;
  endpoint: string;
  createTable: (tableName: string) => Promise<JobTable>;
  stop: () => Promise<void>;
}> {
  const server = await startDynamoDb();
  const client = new DynamoDBClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const createTable = async (tableName: string): Promise<JobTable> => {
    await ensureJobTable({ client, tableName });
    return { client, tableName };
  };
  return {
    table: await createTable('replication-jobs'),
    endpoint: server.endpoint,
    createTable,
    stop: async () => {
      client.destroy();
      await server.stop();
    },
  };
}
