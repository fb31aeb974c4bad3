import type { PostgresOptions } from './postgres-options.ts';
import { startPostgres, type PostgresServer } from './start-postgres.ts';

/** Runs `use` with a server that is started before and stopped after it, whatever happens. */
export async function withPostgres<Result>(
  options: PostgresOptions,
  use: (server: PostgresServer) => Promise<Result>,
  control: { signal?: AbortSignal } = {},
): Promise<Result> {
  const server = await startPostgres(options, control);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
