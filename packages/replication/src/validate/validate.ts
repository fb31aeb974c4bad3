import { ReplicatorError, type Check, type JobSpecification } from '@seren-replicator/job-models';
import type { CommandOutcome } from '../engine.ts';
import type { Server, Servers } from '../session/server.ts';
import { planScope } from '../scope/plan-scope.ts';
import { gatherFacts } from './gather-facts.ts';
import { listChecks } from './list-checks.ts';

/** Checks every precondition of `init`. Connections are checks too: one that fails is told, not thrown. */
export async function validate(servers: Servers, specification: JobSpecification): Promise<CommandOutcome> {
  const connections = await Promise.all([checkConnection(servers.source), checkConnection(servers.target)]);
  if (connections.some(({ status }) => status === 'fail')) return toOutcome(connections);
  const { options, filter } = specification;
  const scopes = await planScope(servers, filter);
  const checks: Check[] = [];
  for (const { servers: pair, rules } of scopes) {
    const facts = await gatherFacts(pair, rules);
    const targetDatabase = pair.target.database;
    const prefix = scopes.length === 1 ? '' : `${targetDatabase}: `;
    for (const { name, status, message, fix } of listChecks({ facts, targetDatabase, options })) {
      checks.push({ name: prefix + name, status, message, fix });
    }
  }
  return toOutcome([...connections, ...checks]);
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
