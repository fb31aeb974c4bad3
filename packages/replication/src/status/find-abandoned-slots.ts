import pg from 'pg';
import type { StatusResult } from '@seren-replicator/job-models';
import type { Servers } from '../session/server.ts';
import { listIdleSlots } from './list-idle-slots.ts';

type AbandonedSlot = StatusResult['abandoned_slots'][number];

/**
 * Slots of ours that nobody reads and no target in scope knows: they keep the source's log until its disk is full.
 *
 * @param known names of the syncs that there are
 */
export async function findAbandonedSlots(
  databases: readonly Servers[],
  known: ReadonlySet<string>,
): Promise<AbandonedSlot[]> {
  const abandoned: AbandonedSlot[] = [];
  for (const { source } of databases) {
    const slots = await source.withSession(listIdleSlots);
    for (const { name, retainedBytes } of slots) {
      if (known.has(name)) continue;
      abandoned.push({
        name,
        retained_bytes: Number(retainedBytes),
        fix: describeRemoval(name, source.database),
      });
    }
  }
  return abandoned;
}

function describeRemoval(name: string, database: string): string {
  return `SELECT pg_catalog.pg_drop_replication_slot(${pg.escapeLiteral(name)}); DROP PUBLICATION IF EXISTS ${pg.escapeIdentifier(name)}; /* on the source, in the database ${database}, unless another target follows it */`;
}
