/** What continuous sync is called on both servers: one name for slot, publication and subscription. */
import { randomBytes } from 'node:crypto';

const PREFIX = 'seren_replicator_';
const ID_BYTES = 6;

/** What every name of ours looks like, as a regular expression of PostgreSQL's and of JavaScript's. */
export const SYNC_NAME_PATTERN = `^${PREFIX}[0-9a-f]{${2 * ID_BYTES}}$`;
const syncName = new RegExp(SYNC_NAME_PATTERN);

/** A name for one database's sync: letters, digits and underscores, as slots want it. */
export function newSyncName(): string {
  return PREFIX + randomBytes(ID_BYTES).toString('hex');
}

export function isSyncName(name: string): boolean {
  return syncName.test(name);
}
