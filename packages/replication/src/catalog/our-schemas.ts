/**
 * Schemas of our own, on databases that are copied into: known by their comments, whatever their names had to be. They
 * are neither copied nor compared, and nothing that is in anybody's way.
 */
export const CHECKPOINT_COMMENT = 'seren-replicator checkpoint: what an unfinished copy has done so far';
export const SYNC_COMMENT = 'seren-replicator sync: how this database follows its source';

export const OUR_COMMENTS: readonly string[] = [CHECKPOINT_COMMENT, SYNC_COMMENT];
