import type { Check } from '@seren-replicator/job-models';
import type { PlannedDatabase } from './copy-database.ts';

/** What the preflights warned of: what is about a server once, what is about one of several databases with its name. */
export function listWarnings(databases: readonly PlannedDatabase[]): Check[] {
  return databases.flatMap(({ scope, passed }, index) =>
    passed.warnings
      .filter(({ isAboutServer }) => !isAboutServer || index === 0)
      .map(({ name, status, message, fix, isAboutServer }) => ({
        name: isAboutServer || databases.length === 1 ? name : `${scope.servers.target.database}: ${name}`,
        status,
        message,
        fix,
      })),
  );
}
