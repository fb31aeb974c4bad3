import { ReplicatorError, type Check, type JobSpecification } from '@seren-replicator/job-models';
import type { CommandOutcome } from '../engine.ts';
import type { Server, Servers } from '../session/server.ts';
import { gatherFacts } from './gather-facts.ts';
import { listChecks, type PreflightCheck } from './list-checks.ts';

/** Checks every precondition of `init`. Connections are checks too: one that fails is told, not thrown. */
export async function validate(servers: Servers, specification: JobSpecification): Promise<CommandOutcome> {
  const connections = await Promise.all([checkConnection(servers.source), checkConnection(servers.target)]);
  if (connections.some(({ status }) => status === 'fail')) return toOutcome(connections);
  const facts = await gatherFacts(servers);
  const { options } = specification;
  const checks = listChecks({ facts, targetDatabase: servers.target.database, options });
  return toOutcome([...connections, ...checks.map(withoutCode)]);
}

async function checkConnection(server: Server): Promise<Check> {
  const name = `${server.side} connection`;
  try {
    await server.withSession(async () => undefined);
    return { name, status: 'pass', message: `connected to ${server.url.toString()}`, fix: null };
  } catch (error) {
    if (!(error instanceof ReplicatorError)) throw error;
    if (server.side === 'target' && error.code === 'database_missing') {
      return { name, status: 'pass', message: `the server of ${server.url.toString()} answers`, fix: null };
    }
    return { name, status: 'fail', message: error.message, fix: null };
  }
}

function toOutcome(checks: Check[]): CommandOutcome {
  const failed = checks.filter(({ status }) => status === 'fail');
  return {
    result: { command: 'validate', checks },
    failure:
      failed.length === 0
        ? null
        : new ReplicatorError(
            'checks_failed',
            `${failed.length} of ${checks.length} checks failed (${failed.map(({ name }) => name).join(', ')}); mend them as told, then validate again.`,
          ),
  };
}

function withoutCode({ name, status, message, fix }: PreflightCheck): Check {
  return { name, status, message, fix };
}
