import type { EngineLog } from '../engine.ts';
import type { Archive } from './archive.ts';
import type { Lend } from './lent-connection.ts';

/** `native`: the pg_dump found on PATH. `embedded`: the one that comes with this program. */
export type PgDumpKind = 'native' | 'embedded';
export type PgDumpChoice = 'auto' | PgDumpKind;

export interface DumpSchemaDeps {
  log: EngineLog;
  /** Directories to search for a native pg_dump, as in the environment variable PATH; undefined: none. */
  path: string | undefined;
}

export interface DumpSchemaInput {
  /** Opens the session that pg_dump works on; it is destroyed at the end. */
  lend: Lend;
  /** An exported snapshot (`pg_export_snapshot()`) that the schema is read under. */
  snapshot: string;
  /** The source's `server_version_num`. */
  serverVersionNum: number;
  choice?: PgDumpChoice;
  signal: AbortSignal;
}

export interface DumpedSchema {
  archive: Archive;
  /** Which pg_dump wrote it. */
  tool: { kind: PgDumpKind; version: string };
}

/**
 * Dumps the schema of the database that the lent connection is connected to.
 *
 * @throws ReplicatorError `schema_dump_failed` with what pg_dump said, or `cancelled`.
 */
export async function dumpSchema(_deps: DumpSchemaDeps, _input: DumpSchemaInput): Promise<DumpedSchema> {
  throw new Error('not yet');
}
