/** Whatever is sent, it is the sender's mistake and told as one; by the same seed, the same requests. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiErrorSchema } from '@seren-replicator/job-models';
import { createReach } from '@seren-replicator/reach';
import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import { createApi, noMetrics, type ApiDeps } from '../src/index.ts';
import { createApiHandler } from '../src/lambda/create-api-handler.ts';
import { Random } from './interleavings/random.ts';
import { testApi, testApiDeps } from './support/api.ts';
import { startJobTable } from './support/job-table.ts';
import { malformedRequest, MARKER, type MalformedRequest } from './support/malformed-requests.ts';

const REQUESTS = process.env['SEREN_SOAK'] === undefined ? 1_500 : 20_000;
const seed = Number(process.env['SEREN_FUZZ_SEED'] ?? randomInt(2 ** 31));

interface Answer {
  status: number;
  text: string;
}
type Send = (request: MalformedRequest) => Promise<Answer>;

let deps: ApiDeps;
let logged: () => string;
let stop: () => Promise<void>;
let documented: (method: string, path: string) => string[] | undefined;
beforeAll(async () => {
  const { table, stop: stopTable } = await startJobTable();
  stop = stopTable;
  ({ deps, logged } = testApiDeps(table, {
    maxJobsPerOwner: 50,
    reach: createReach(
      { allowPrivate: false, allowLocal: false, allowedTargetHosts: [] },
      // No name is looked up.
      async (host) => [{ address: isIP(host) === 0 ? '93.184.216.34' : host, family: 4 }],
    ),
  }));
  const { body } = await testApi(table).request('GET', '/openapi.json');
  documented = statusesIn(body['paths'] as Record<string, Record<string, { responses: object }>>);
});
afterAll(() => stop());

/** The statuses that the OpenAPI document names for a route. */
function statusesIn(paths: Record<string, Record<string, { responses: object }>>): typeof documented {
  return (method, path) => {
    const route = Object.keys(paths).find((each) =>
      new RegExp(`^${each.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    );
    const responses = route === undefined ? undefined : paths[route]?.[method.toLowerCase()]?.responses;
    return responses === undefined ? undefined : Object.keys(responses);
  };
}

const overHttp = (): Send => {
  const api = createApi(deps);
  return async ({ method, path, query, headers, body }) => {
    const response = await api.request(`${path}${query === '' ? '' : `?${query}`}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, text: await response.text() };
  };
};

const throughLambda = (): Send => {
  const handler = createApiHandler(createApi(deps), {
    log: deps.log,
    metrics: noMetrics,
    traced: (client) => client,
    invocation: (work) => work(),
  });
  return async ({ method, path, query, headers, body }) => {
    const result = await handler({
      version: '2.0',
      rawPath: path,
      rawQueryString: query,
      headers,
      requestContext: { stage: '$default', http: { method } },
      ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }),
    });
    return { status: result.statusCode, text: result.body };
  };
};

function judge(request: MalformedRequest, { status, text }: Answer): string | null {
  const { method, path } = request;
  if (status >= 500) return `${status}`;
  if (path !== '/openapi.json' && text.length > 20_000) return `the answer has ${text.length} characters`;
  if (text.includes(MARKER)) return 'the answer repeats what was sent';
  if (method === 'HEAD' ? false : status >= 400 && !apiErrorSchema.safeParse(JSON.parse(text)).success) {
    return `the answer is no error: ${text.slice(0, 80)}`;
  }
  const statuses = documented(method, path);
  if (statuses !== undefined && !statuses.includes(String(status))) return `${status} is not documented`;
  return null;
}

test.each([
  ['a server', overHttp],
  ['Lambda', throughLambda],
] as const)(
  `${REQUESTS} malformed requests from seed ${seed} through %s find no failure, and nothing that is repeated`,
  async (_, sender) => {
    const random = new Random(seed);
    const send = sender();
    const found: string[] = [];
    const statuses = new Map<number, number>();
    for (let count = 0; count < REQUESTS; count += 1) {
      const request = malformedRequest(random);
      const answer = await send(request);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const problem = judge(request, answer);
      if (problem !== null) found.push(`${problem}: ${JSON.stringify(request).slice(0, 300)}`);
    }
    expect(found.slice(0, 5)).toEqual([]);
    expect(logged()).not.toContain(MARKER);
    // Most of them have to be refused, each for a reason of its own.
    for (const status of [400, 401, 404, 413]) expect(statuses.get(status)).toBeGreaterThan(0);
  },
  20 * 60_000,
);
