import { ReplicatorError, type ConnectionUrl, type JobCommand } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { resolveConnection } from '../connection-defaults/resolve-connection.ts';
import { checkRemoteConnection } from '../service/check-remote-connection.ts';
import { serviceUrl } from '../service/connect-to-service.ts';
import { isLocalHost } from '../service/is-local-host.ts';
import { buildSpecification, type Specification } from './build-specification.ts';
import { confirmCommand, refuseUnconfirmed } from './confirm-command.ts';
import { tellTimeBounds } from './tell-time-bounds.ts';

/** What the user wants done, with all that has to be asked for or confirmed first. */
export async function specifyJob(context: CommandContext, command: JobCommand): Promise<Specification> {
  refuseUnconfirmed(context, command);
  const { source, target } = await resolveConnections(context);
  await confirmCommand(context, { command, target });
  const { settings } = context;
  const specification = buildSpecification({ command, settings, source, target, now: new Date() });
  tellTimeBounds(context, specification.written.filter);
  return specification;
}

interface Connections {
  source: ConnectionUrl;
  target: ConnectionUrl;
}

async function resolveConnections({ deps, settings, output }: CommandContext): Promise<Connections> {
  const { source, target } = settings;
  if (source === undefined || target === undefined) throw missingConnections(settings);
  const warn = (message: string): void => output.warn(message);
  const connections = {
    source: await resolveConnection(deps, { role: 'source', text: source, warn }),
    target: await resolveConnection(deps, { role: 'target', text: target, warn }),
  };
  if (settings.local !== true) {
    const isServiceLocal = isLocalHost(serviceUrl({ settings }).hostname);
    for (const role of ['source', 'target'] as const) {
      checkRemoteConnection({ role, url: connections[role], isServiceLocal, warn });
    }
  }
  return connections;
}

function missingConnections({ source, target }: CommandContext['settings']): ReplicatorError {
  const missing = [
    ...(source === undefined ? ['--source URL (or SEREN_SOURCE_URL)'] : []),
    ...(target === undefined ? ['--target URL (or SEREN_TARGET_URL)'] : []),
  ];
  return new ReplicatorError(
    'invalid_request',
    `Say which databases are meant: ${missing.join(' and ')}, like postgresql://user@host:5432/database.`,
  );
}
