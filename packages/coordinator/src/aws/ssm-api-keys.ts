/**
 * API keys as parameters of Systems Manager: the name below the path is the owner, the value the key. Keys are changed
 * without a release: a second one is added under another name, clients change over, the first is removed. Jobs belong
 * to the name: `acme` and `acme.2` (all before the dot) are two keys of one owner.
 *
 * What was read counts for a short time; while SSM cannot be asked it counts longer, since a service that knows its
 * callers must not stop because of another one.
 */
import { GetParametersByPathCommand, type Parameter, type SSMClient } from '@aws-sdk/client-ssm';
import { describeError, Secret } from '@seren-replicator/job-models';
import type { Log } from '../log.ts';
import { namedApiKeys, type ApiKeys, type NamedKey } from '../api/api-keys.ts';

const FRESH_MS = 60_000;
/** Within this, a key that was removed is let in no longer, even when SSM is down. */
const USABLE_MS = 15 * 60_000;
/** A key that is not known may be new; but not every wrong key is worth a question to SSM. */
const UNKNOWN_KEY_REFRESH_MS = 5_000;

interface Deps {
  client: SSMClient;
  /** `/seren-replication/api-keys` */
  path: string;
  log: Log;
  /** Milliseconds on a clock that nobody sets. */
  clock: () => number;
}

export function ssmApiKeys(deps: Deps): ApiKeys {
  const cache = new KeyCache(deps);
  return {
    ownerOf: async (presented) => {
      const owner = await (await cache.keys(FRESH_MS)).ownerOf(presented);
      return owner ?? (await cache.keys(UNKNOWN_KEY_REFRESH_MS)).ownerOf(presented);
    },
  };
}

class KeyCache {
  readonly #deps: Deps;
  #read: { keys: ApiKeys; atMs: number } | null = null;
  #reading: Promise<ApiKeys> | null = null;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** What was read within this time, or what is there now. */
  async keys(maxAgeMs: number): Promise<ApiKeys> {
    const { clock, log } = this.#deps;
    if (this.#read !== null && clock() - this.#read.atMs < maxAgeMs) return this.#read.keys;
    try {
      return await (this.#reading ??= this.#refresh());
    } catch (error) {
      if (this.#read === null || clock() - this.#read.atMs >= USABLE_MS) throw error;
      log.warn({ failure: describeError(error) }, 'API keys could not be read again');
      return this.#read.keys;
    }
  }

  async #refresh(): Promise<ApiKeys> {
    try {
      const atMs = this.#deps.clock();
      const keys = namedApiKeys(await readKeys(this.#deps));
      this.#read = { keys, atMs };
      return keys;
    } finally {
      this.#reading = null;
    }
  }
}

async function readKeys({ client, path }: Deps): Promise<NamedKey[]> {
  const keys: NamedKey[] = [];
  let token: string | undefined;
  do {
    const { Parameters = [], NextToken } = await client.send(
      new GetParametersByPathCommand({ Path: path, WithDecryption: true, NextToken: token }),
    );
    keys.push(...Parameters.flatMap((parameter) => toKey(path, parameter)));
    token = NextToken;
  } while (token !== undefined);
  return keys;
}

function toKey(path: string, { Name = '', Value = '' }: Parameter): NamedKey[] {
  const [owner = ''] = Name.slice(path.length).replace(/^\//, '').split('.');
  // A line feed at the end is an editor's.
  const key = Value.trim();
  return owner === '' || key === '' ? [] : [{ owner, key: new Secret(key) }];
}
