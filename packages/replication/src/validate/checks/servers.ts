import { fail, pass, warn, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';
import { OLDEST_VERSION_NUM } from '../gather-facts.ts';

const MIN_CONNECTIONS = 4;

export const serverVersions: CheckDefinition = {
  name: 'server versions',
  code: 'server_too_old',
  judge: checkVersions,
};
export const twoDatabases: CheckDefinition = {
  name: 'two databases',
  code: 'same_database',
  judge: checkTwoDatabases,
};
export const connections: CheckDefinition = {
  name: 'connections',
  code: 'too_many_connections',
  judge: checkConnections,
};
export const size: CheckDefinition = { name: 'size', code: 'disk_full', judge: describeSize };

function checkVersions({ facts }: CheckInput): Verdict {
  const [source, target] = [facts.source.server, facts.target.server];
  const tooOld = source.versionNum < OLDEST_VERSION_NUM ? 'source' : 'target';
  if (Math.min(source.versionNum, target.versionNum) < OLDEST_VERSION_NUM) {
    return fail(
      `the ${tooOld} runs PostgreSQL ${facts[tooOld].server.version}; 12 is the oldest that is supported`,
      `upgrade the ${tooOld} to PostgreSQL 12 or newer`,
    );
  }
  const summary = `PostgreSQL ${source.version} → ${target.version}`;
  if (major(target.versionNum) >= major(source.versionNum)) return pass(summary);
  return warn(
    `${summary}: the target is older, and may refuse what only the newer version knows`,
    'use a target of the same or a newer major version',
  );
}

function checkTwoDatabases({ facts }: CheckInput): Verdict {
  if (!facts.isSameDatabase) return pass('source and target are different databases');
  return fail('source and target are the same database', 'name another database or server in the target URL');
}

function checkConnections({ facts }: CheckInput): Verdict {
  const { source, target } = facts;
  const left = Math.min(source.server.connectionsLeft, target.server.connectionsLeft);
  const summary = `${source.server.connectionsLeft} left on the source, ${target.server.connectionsLeft} on the target`;
  if (left >= MIN_CONNECTIONS) return pass(summary);
  return fail(
    `${summary}; at least ${MIN_CONNECTIONS} are needed`,
    'close other sessions, or raise max_connections',
  );
}

/** SQL does not tell how much disk a server has left: what is needed is all that can be said. */
function describeSize({ facts }: CheckInput): Verdict {
  const megabytes = Math.ceil(facts.source.server.databaseBytes / 1_000_000);
  return pass(
    `the source holds ${megabytes} MB; the target needs about as much free disk, and as much again for WAL`,
  );
}

function major(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}
