import { ReplicatorError, Secret } from '@seren-replicator/job-models';
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from './api-deps.ts';
import type { ApiKeys } from './api-keys.ts';

export const API_KEY_HEADER = 'x-api-key';

/** Lets a request pass that carries a known key, and notes whose it is. */
export function authenticate(apiKeys: ApiKeys) {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const apiKey = new Secret(context.req.header(API_KEY_HEADER) ?? '');
    const owner = await apiKeys.ownerOf(apiKey);
    if (owner === null) {
      throw new ReplicatorError(
        'unauthorized',
        `The API key is missing or unknown: send it in the header ${API_KEY_HEADER}.`,
      );
    }
    context.set('owner', owner);
    context.set('apiKey', apiKey);
    await next();
  });
}
