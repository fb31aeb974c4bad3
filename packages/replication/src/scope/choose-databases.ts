import { ReplicatorError, type JobFilter } from '@seren-replicator/job-models';
import { listDatabases } from '../catalog/list-databases.ts';
import type { Server, Servers } from '../session/server.ts';
import { parseDatabasePattern } from './name-pattern.ts';

/**
 * The databases of a run, as servers of their own. Without a database filter the source URL's database goes to the
 * target URL's; with one, databases of the source server go to the target server and keep their names.
 *
 * @throws ReplicatorError `invalid_request` when a filter matches nothing
 */
export async function chooseDatabases(servers: Servers, filter: JobFilter): Promise<Servers[]> {
  const { all_databases, include_databases, exclude_databases } = filter;
  if (!all_databases && include_databases.length === 0 && exclude_databases.length === 0) return [servers];
  const present = await listPresent(servers.source);
  const included =
    include_databases.length > 0 ? selectMatching(present, include_databases) : new Set(present);
  const excluded = selectMatching(present, exclude_databases);
  const chosen = [...included].filter((name) => !excluded.has(name));
  if (chosen.length === 0) {
    throw new ReplicatorError(
      'invalid_request',
      'The database filters leave no database; include one, or exclude fewer.',
    );
  }
  return chosen.map((name) => ({
    source: servers.source.forDatabase(name),
    target: servers.target.forDatabase(name),
  }));
}

/** The URL's database may be one that does not exist: any will do to ask for the others. */
async function listPresent(source: Server): Promise<string[]> {
  const session = await openAnySession(source);
  try {
    return await listDatabases(session);
  } finally {
    await source.close(session);
  }
}

async function openAnySession(source: Server) {
  try {
    return await source.open();
  } catch (error) {
    if (!(error instanceof ReplicatorError) || error.code !== 'database_missing') throw error;
    return source.openMaintenance();
  }
}

function selectMatching(present: readonly string[], patterns: readonly string[]): Set<string> {
  const selected = new Set<string>();
  for (const { text, matches } of patterns.map(parseDatabasePattern)) {
    const matching = present.filter(matches);
    if (matching.length === 0) {
      throw new ReplicatorError(
        'invalid_request',
        `The database filter ${text} matches no database of the source, which has ${present.join(', ')}.`,
      );
    }
    for (const name of matching) selected.add(name);
  }
  return selected;
}
