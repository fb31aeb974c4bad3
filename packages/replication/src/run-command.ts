import { ConnectionUrl, type JobSpecification } from '@seren-replicator/job-models';
import type { CommandOutcome, EngineDeps } from './engine.ts';
import { cutover } from './cutover/cutover.ts';
import { init } from './init/init.ts';
import { withServers } from './session/with-servers.ts';
import { status } from './status/status.ts';
import { sync } from './sync/sync.ts';
import { tuningOf } from './tuning.ts';
import { validate } from './validate/validate.ts';
import { verify } from './verify/verify.ts';

/**
 * Runs what a specification asks for, from this process.
 *
 * @throws ReplicatorError with the code of what went wrong; `cancelled` when the signal was aborted. By then every
 * session is closed and nothing of ours runs on either server.
 */
export async function runCommand(deps: EngineDeps, specification: JobSpecification): Promise<CommandOutcome> {
  const { log, signal, resolveHost } = deps;
  const sourceUrl = ConnectionUrl.parse(specification.source_url);
  const targetUrl = ConnectionUrl.parse(specification.target_url);
  const tuning = tuningOf(deps);
  return withServers({ sourceUrl, targetUrl, log, signal, resolveHost, tuning }, (servers) => {
    switch (specification.command) {
      case 'validate':
        return validate(servers, specification);
      case 'init':
        return init(deps, servers, specification);
      case 'sync':
        return sync(deps, servers, specification);
      case 'verify':
        return verify(deps, servers, specification);
      case 'status':
        return status(deps, servers, specification);
      case 'cutover':
        return cutover(deps, servers, specification);
    }
  });
}
