import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { JobTable } from '@seren-replicator/job-store';
import type { TableCommand } from './memory-table.ts';

/** Carries a command out, or does with it what a network does. */
export type Carry = (command: TableCommand) => Promise<Record<string, unknown>>;

/** A client to pagination, which asks what it is, and to the job store; nothing of the SDK's own is behind it. */
export function memoryJobTable(carry: Carry): JobTable {
  const client = Object.create(DynamoDBClient.prototype, {
    send: {
      value: (command: object & { input: Record<string, unknown> }) =>
        carry({ name: command.constructor.name, input: command.input }),
    },
  }) as DynamoDBClient;
  return { client, tableName: 'jobs' };
}
