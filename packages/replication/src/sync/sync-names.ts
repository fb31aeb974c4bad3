/** What continuous sync is called on both servers: one name for slot, publication and subscription. */
import { randomBytes } from 'node:crypto';

const PREFIX = 'seren_replicator_';
const ID_BYTES = 6;

/** The comment by which the schema on the target is known as ours, whatever its name had to be. */
export const SYNC_COMMENT = 'seren-replicator sync: how this database follows its source';

/** A name for one database's sync: letters, digits and underscores, as slots want it. */
export function newSyncName(): string {
  return PREFIX + randomBytes(ID_BYTES).toString('hex');
}

export function isSyncName(name: string): boolean {
  return name.startsWith(PREFIX) && /^[0-9a-f]{12}$/.test(name.slice(PREFIX.length));
}

/** For LIKE: what every name of ours looks like. */
export const SYNC_NAME_PATTERN = `${PREFIX.replaceAll('_', '\\_')}____________`;
