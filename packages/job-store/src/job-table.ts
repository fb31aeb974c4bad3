import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Where the records are: what every move and read of this package takes as its first argument. */
export interface JobTable {
  client: DynamoDBClient;
  tableName: string;
}
