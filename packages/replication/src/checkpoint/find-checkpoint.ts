import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { CHECKPOINT_COMMENT } from '../catalog/our-schemas.ts';
import type { Fingerprint } from './fingerprint.ts';

export interface FoundCheckpoint {
  /** Unquoted. */
  schema: string;
  fingerprint: Fingerprint;
  startedAt: Date;
}

/** The name of our schema in a database; null when no unfinished run has left one. */
export async function findCheckpointSchema(session: Session): Promise<string | null> {
  const [row] = await session.query<{ name: string }>(
    'look for a checkpoint',
    `SELECT nspname::text AS name FROM pg_catalog.pg_namespace
     WHERE pg_catalog.obj_description(oid, 'pg_namespace') = $1`,
    [CHECKPOINT_COMMENT],
  );
  return row?.name ?? null;
}

/** What an unfinished run has left behind in a target database, if anything. */
export async function findCheckpoint(session: Session): Promise<FoundCheckpoint | null> {
  const schema = await findCheckpointSchema(session);
  if (schema === null) return null;
  const [run] = await session.query<{ fingerprint: Fingerprint; started_at: Date }>(
    'read its checkpoint',
    `SELECT fingerprint, started_at FROM ${qualifiedName(schema, 'run')}`,
  );
  return run === undefined ? null : { schema, fingerprint: run.fingerprint, startedAt: run.started_at };
}
