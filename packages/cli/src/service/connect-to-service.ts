import { ReplicatorError } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { DEFAULT_REMOTE_API } from '../options/option-definitions.ts';
import { isLocalHost } from './is-local-host.ts';
import { createServiceClient, type ServiceClient } from './service-client.ts';

/** @throws ReplicatorError `invalid_request` when the service's URL or key cannot be used. */
export function connectToService(context: CommandContext): ServiceClient {
  const { deps, settings, output } = context;
  return createServiceClient({
    baseUrl: serviceUrl(context).href.replace(/\/+$/, ''),
    apiKey: checkKey(settings['api-key']),
    version: deps.version,
    signal: deps.signal,
    onRetry: () => output.note('The service did not answer as it should; trying again.'),
  });
}

export function serviceUrl({ settings }: Pick<CommandContext, 'settings'>): URL {
  const text = settings['remote-api'] ?? DEFAULT_REMOTE_API;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw invalidService('must be a URL like https://host/path');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw invalidService('must be a URL without user, password, "?" and "#"');
  }
  if (url.protocol === 'http:' && !isLocalHost(url.hostname)) {
    throw invalidService(`must be https: passwords travel to ${url.hostname}`);
  }
  return url;
}

/** A header cannot carry everything, and the error that fetch throws about it shows the key. */
function checkKey(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]+$/.test(key)) return key;
  throw new ReplicatorError(
    'invalid_request',
    'The API key holds a space or a character that no key has; check SEREN_REMOTE_API_KEY (or --api-key).',
  );
}

function invalidService(what: string): ReplicatorError {
  return new ReplicatorError('invalid_request', `--remote-api (SEREN_REMOTE_API) ${what}.`);
}
