/**
 * Makes a connection URL complete on this machine, in libpq's order: what stands in the URL, its service, the
 * environment, the password file, the user's answer. A job never carries what only this machine can resolve.
 */
import { join } from 'node:path';
import { ConnectionUrl, ReplicatorError, Secret } from '@seren-replicator/job-models';
import type { CliDeps } from '../cli-deps.ts';
import { askOnTerminal, canAsk } from './ask-on-terminal.ts';
import { readEnvironmentDefaults } from './environment-defaults.ts';
import { findPassword } from './find-password.ts';
import { readService } from './read-service.ts';

export interface ConnectionInput {
  role: 'source' | 'target';
  text: string;
  warn: (message: string) => void;
}

/** @throws ReplicatorError that names the role when the URL, or what completes it, cannot be used. */
export async function resolveConnection(deps: CliDeps, input: ConnectionInput): Promise<ConnectionUrl> {
  try {
    const url = withUserAndDatabase(deps, await parseWithDefaults(deps, input.text));
    const complete = await withPassword(deps, input, url);
    return complete.withoutParameters(['service', 'passfile']);
  } catch (error) {
    if (!(error instanceof ReplicatorError) || error.code === 'interrupted') throw error;
    throw new ReplicatorError(error.code, `--${input.role}: ${error.message}`, { cause: error });
  }
}

/** A service's parameters come before the environment's, which may name the service. */
async function parseWithDefaults({ env, homeDirectory }: CliDeps, text: string): Promise<ConnectionUrl> {
  const fromEnvironment = readEnvironmentDefaults(env);
  const named = ConnectionUrl.parse(text).parameters.get('service');
  const service = named ?? fromEnvironment.get('service');
  const fromService = service === undefined ? [] : await readService({ name: service, env, homeDirectory });
  return ConnectionUrl.parse(text, new Map([...fromEnvironment, ...fromService]));
}

function withUserAndDatabase({ userName }: CliDeps, url: ConnectionUrl): ConnectionUrl {
  const user = url.user ?? userName;
  if (user === '') {
    throw new ReplicatorError('invalid_url', 'It names no user; write postgresql://user@host/database.');
  }
  return url.withUser(user).withDatabase(url.database ?? user);
}

async function withPassword(
  deps: CliDeps,
  input: ConnectionInput,
  url: ConnectionUrl,
): Promise<ConnectionUrl> {
  if (url.password !== undefined) return url;
  const file = url.parameters.get('passfile') ?? join(deps.homeDirectory, '.pgpass');
  const password = (await findPassword(file, url, input.warn)) ?? (await askPassword(deps, input, url));
  return password === undefined ? url : url.withPassword(password);
}

/** None is asked for where a certificate speaks for the user. An empty answer means that there is none. */
async function askPassword(
  deps: CliDeps,
  { role }: ConnectionInput,
  url: ConnectionUrl,
): Promise<Secret | undefined> {
  if (!canAsk(deps) || url.parameters.has('sslcert')) return undefined;
  const answer = await askOnTerminal(
    deps,
    `Password for user ${url.user ?? ''} at the ${role} ${url.toString()} (empty for none): `,
    true,
  );
  return answer === '' ? undefined : new Secret(answer);
}
