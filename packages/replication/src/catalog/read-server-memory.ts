import type { Session } from '../session/session.ts';

/** What a server gives its sessions to work in. */
export interface ServerMemory {
  /** Shared by all sessions. */
  sharedBufferBytes: number;
  /** For one session that builds an index. */
  maintenanceBytes: number;
  /** Whether what a session puts into temporary files is limited. */
  limitsTemporaryFiles: boolean;
}

/** https://www.postgresql.org/docs/current/runtime-config-resource.html */
export async function readServerMemory(session: Session): Promise<ServerMemory> {
  const row = await session.queryOne<{ shared: string; maintenance: string; limits_files: boolean }>(
    'tell what memory its sessions have',
    `SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers'))::text AS shared,
            pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem'))::text AS maintenance,
            pg_catalog.current_setting('temp_file_limit') <> '-1' AS limits_files`,
  );
  return {
    sharedBufferBytes: Number(row.shared),
    maintenanceBytes: Number(row.maintenance),
    limitsTemporaryFiles: row.limits_files,
  };
}
