import { Secret, type ApiError, type JobStatus } from '@seren-replicator/job-models';
import type { JobTable } from '@seren-replicator/job-store';
import { localKeySealer } from '@seren-replicator/sealing';
import { randomBytes } from 'node:crypto';
import { pino, type Logger } from 'pino';
import { createApi, namedApiKeys, noMetrics, type ApiDeps } from '../../src/index.ts';

export const ALICE = 'alice-key';
export const BOB = 'bob-key';

export const specification = {
  schema_version: '1.0',
  command: 'validate',
  source_url: 'postgresql://me:pw@source/db',
  target_url: 'postgresql://me:pw@target/db',
};

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: JobStatus & ApiError & Record<string, unknown>;
}

export interface TestApi {
  request: (method: string, path: string, options?: RequestOptions) => Promise<Answer>;
  changes: Parameters<ApiDeps['onJobChange']>[0][];
  /** Every log line so far. */
  logged: () => string;
}

interface RequestOptions {
  key?: string | null;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What an API needs, over a real table; with what it logs and tells. */
export function testApiDeps(table: JobTable, overrides: Partial<ApiDeps> = {}) {
  const lines: string[] = [];
  const log: Logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const changes: TestApi['changes'] = [];
  const deps: ApiDeps = {
    table,
    sealer: localKeySealer(randomBytes(32)),
    reach: { checkUrl: async () => undefined },
    apiKeys: namedApiKeys([
      { owner: 'alice', key: new Secret(ALICE) },
      { owner: 'bob', key: new Secret(BOB) },
    ]),
    logs: { read: async () => ({ lines: [], position: null }) },
    metrics: noMetrics,
    maxJobsPerOwner: 10_000,
    log,
    now: () => new Date(),
    version: '1.2.3',
    onJobChange: (change) => void changes.push(change),
    ...overrides,
  };
  return { deps, changes, logged: () => lines.join('') };
}

/** The API over a real table, spoken to as a client would. */
export function testApi(table: JobTable, overrides: Partial<ApiDeps> = {}): TestApi {
  const { deps, changes, logged } = testApiDeps(table, overrides);
  const api = createApi(deps);
  const request: TestApi['request'] = async (method, path, { key = ALICE, body, headers = {} } = {}) => {
    const response = await api.request(path, {
      method,
      headers: {
        ...(key === null ? {} : { 'x-api-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: JSON.parse(text) as Answer['body'],
    };
  };
  return { request, changes, logged };
}
