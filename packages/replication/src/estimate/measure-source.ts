import { ConnectionUrl, type JobFilter } from '@seren-replicator/job-models';
import { ask } from '../catalog/ask.ts';
import { sizeQuestions } from '../catalog/size-questions.ts';
import { USER_RELATIONS } from '../catalog/user-relations.ts';
import type { EngineLog } from '../engine.ts';
import { planScope } from '../scope/plan-scope.ts';
import { withServers } from '../session/with-servers.ts';
import { copySeconds } from './copy-seconds.ts';

/** What a database in scope holds, in bytes on disk. Of a table with a row filter all rows count. */
export interface DatabaseSize {
  database: string;
  tables: number;
  table_bytes: number;
  index_bytes: number;
  large_object_bytes: number;
  /** What its copy takes at an assumed pace. */
  seconds: number;
}

/**
 * Measures what a job would copy. Reads the source's catalogue and nothing else; the target is not asked.
 *
 * @throws ReplicatorError `invalid_request` for a filter that matches nothing, and what connecting throws
 */
export async function measureSource(
  { log, signal }: { log: EngineLog; signal: AbortSignal },
  { source_url, filter }: { source_url: string; filter: JobFilter },
): Promise<DatabaseSize[]> {
  const sourceUrl = ConnectionUrl.parse(source_url);
  // Scopes are pairs of servers; no session is opened on this one.
  const unused = { targetUrl: sourceUrl };
  return withServers({ sourceUrl, ...unused, log, signal }, async (servers) => {
    const sizes: DatabaseSize[] = [];
    for (const { servers: here, rules } of await planScope(servers, filter)) {
      const answers = await here.source.withSession((session) =>
        ask(session, 'measure its contents', {
          questions: sizeQuestions,
          tables: USER_RELATIONS,
          values: [[...rules.excluded], [...rules.schemaOnly]],
        }),
      );
      const { tables, table_bytes, index_bytes, large_object_bytes } = answers.sizes;
      const measured = { tables, table_bytes, index_bytes, large_object_bytes };
      sizes.push({ database: here.source.database, ...measured, seconds: copySeconds(measured) });
    }
    return sizes;
  });
}
