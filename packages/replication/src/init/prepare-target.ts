import type { DatabaseDefinition } from '../catalog/read-database-definition.ts';
import type { Server } from '../session/server.ts';
import { createDatabase } from '../target/create-database.ts';
import { dropDatabase } from '../target/drop-database.ts';

export interface PrepareTargetInput {
  target: Server;
  targetVersionNum: number;
  hasDatabase: boolean;
  /** The database holds objects and the user said that it may be dropped. */
  mustDrop: boolean;
  definition: DatabaseDefinition;
  signal: AbortSignal;
}

/** Leaves an empty target database behind: the one that is there, a new one, or a new one in the old one's place. */
export async function prepareTarget(input: PrepareTargetInput): Promise<void> {
  const { target, targetVersionNum, hasDatabase, mustDrop, definition, signal } = input;
  if (hasDatabase && !mustDrop) return;
  const maintenance = await target.openMaintenance();
  try {
    if (mustDrop) await dropDatabase(maintenance, target.database, signal);
    await createDatabase(maintenance, target.database, definition, targetVersionNum);
  } finally {
    await target.close(maintenance);
  }
}
