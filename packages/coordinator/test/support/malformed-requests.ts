/**
 * Requests as no client of ours sends them: valid ones that were bent in one place or several, and some that were never
 * any. What is bent is chosen by the seed.
 */
import type { Random } from '../interleavings/random.ts';
import { specification } from './api.ts';

/** In every request somewhere: what no answer and no log may repeat. */
export const MARKER = 'hunter2';

export interface MalformedRequest {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body?: string;
}

const values: readonly [unknown, ...unknown[]] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  MARKER,
  '\u0000',
  '\ud800',
  '💣'.repeat(50),
  'x'.repeat(20_000),
  `postgresql://me:${MARKER}@host:99999/db`,
  `postgresql://me:${MARKER}@[::1/db`,
  `postgresql://me:${MARKER}@${'h,'.repeat(500)}/db`,
  `postgresql://host/db?sslmode=${MARKER}`,
  `postgresql://me:${MARKER}@169.254.169.254/db`,
  'postgresql://%ff%fe@host/%00',
  `file:///${MARKER}`,
  [],
  {},
  [[]],
  [null],
  [MARKER, 1],
  Array.from({ length: 1_001 }, () => 't'),
  { __proto__: null, constructor: MARKER },
  { table: 'public.t' },
  { table: 'public.t', where: MARKER.repeat(4_000) },
  'constructor',
  '__proto__',
  'NaN',
  '1; DROP TABLE jobs',
];

const keys = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'a.b',
  '$ref',
  `postgresql://me:${MARKER}@host/db`,
  'k'.repeat(9_000),
  'schema_version',
  'version',
  'ü',
] as const;
const paths = [
  '/jobs',
  '/jobs/',
  '/jobs//',
  '/jobs/x/cancel',
  '/jobs/../health',
  '/jobs/%2e%2e',
  '/jobs/%00',
  '/jobs/%',
  `/jobs/${'9'.repeat(3_000)}`,
  '/jobs/00000000-0000-4000-8000-000000000000',
  '/jobs/00000000-0000-4000-8000-000000000000/logs',
  '/jobs/00000000-0000-4000-8000-000000000000/cancel',
  '/jobs/00000000-0000-4000-8000-000000000000/retry',
  '/health',
  '/openapi.json',
  '/',
  '//',
  `/${MARKER}`,
] as const;
const queries = [
  '',
  'limit=-1',
  'limit=1e3',
  'limit=Infinity',
  'limit=0x10',
  'limit=2&limit=3',
  'status=__proto__',
  'status=running&status=failed',
  'cursor=%00',
  `cursor=${'A'.repeat(600)}`,
  `cursor=${Buffer.from('["2026-11-20T12:00:00Z","x"]').toString('base64url')}`,
  `cursor=${Buffer.from('["2026-11-20T12:00:00Z","00000000-0000-4000-8000-000000000000"]').toString('base64url')}`,
  `cursor=${Buffer.from('[1,"-1"]').toString('base64url')}`,
  `cursor=${Buffer.from('{"__proto__":1}').toString('base64url')}`,
  '%',
  '&&&===',
  `${MARKER}=1`,
] as const;
const contentTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'application/json;',
  'application/merge-patch+json',
  'text/plain',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  '/',
  '',
] as const;

export function malformedRequest(random: Random): MalformedRequest {
  const isSubmission = random.chance(0.6);
  const method = isSubmission
    ? 'POST'
    : random.pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);
  const body = method === 'GET' || method === 'HEAD' ? undefined : malformedBody(random);
  return {
    method,
    path: isSubmission ? '/jobs' : random.pick(paths),
    query: isSubmission ? '' : random.pick(queries),
    headers: malformedHeaders(random),
    ...(body === undefined ? {} : { body }),
  };
}

function malformedHeaders(random: Random): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': random.chance(0.8) ? 'application/json' : random.pick(contentTypes),
    'x-api-key': random.chance(0.9)
      ? 'alice-key'
      : random.pick(['', ' ', MARKER, 'x'.repeat(5_000), 'alice-key ']),
  };
  if (random.chance(0.2)) {
    headers['idempotency-key'] = random.pick(['', 'k', 'k'.repeat(256), '\t', MARKER, 'a,b', '__proto__']);
  }
  if (random.chance(0.05)) headers['content-length'] = random.pick(['-1', '1e9', 'x', '99999999']);
  return headers;
}

function malformedBody(random: Random): string {
  const document = structuredClone({
    ...specification,
    source_url: `postgresql://me:${MARKER}@host/db`,
  }) as object;
  const bends = random.between(1, 3);
  for (let count = 0; count < bends; count += 1) bend(random, document);
  const text = JSON.stringify(document);
  if (random.chance(0.85)) return text;
  return random.pick([
    text.slice(0, random.between(0, text.length)),
    `${text}${text}`,
    `[${text}]`,
    '['.repeat(10_000),
    `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
    text.replace(':', ':,'),
    `"${MARKER}"`,
    'null',
    '',
    '\ufeff{}',
    `{"command":"init","command":"${MARKER}"}`,
    'x'.repeat(250_000),
  ]);
}

/** Changes, adds or takes away one field, at any depth. */
function bend(random: Random, document: object): void {
  const [place, name] = chooseField(random, document);
  // A copy: the next bend may put something into it.
  const value = structuredClone(random.pick(values));
  const fate = random.next();
  if (fate < 0.2) Reflect.deleteProperty(place, name);
  else if (fate < 0.4) define(place, random.pick(keys), value);
  else define(place, name, value);
}

const fields: readonly [[string[], string], ...[string[], string][]] = [
  [[], 'schema_version'],
  [[], 'command'],
  [[], 'source_url'],
  [[], 'target_url'],
  [[], 'filter'],
  [[], 'options'],
  [['filter'], 'include_tables'],
  [['filter'], 'table_filters'],
  [['filter'], 'all_databases'],
  [['options'], 'jobs'],
  [['options'], 'estimated_size_bytes'],
  [['options'], 'job_timeout_seconds'],
  [['options'], 'max_rate_bytes_per_second'],
];

function chooseField(random: Random, document: object): [object, string] {
  const [path, name] = random.pick(fields);
  let place = document as Record<string, unknown>;
  for (const step of path) {
    const next = place[step];
    if (typeof next !== 'object' || next === null) define(place, step, {});
    place = place[step] as Record<string, unknown>;
  }
  return [place, name];
}

/** Also of names that assignment would take for something else. */
function define(place: object, name: string, value: unknown): void {
  Object.defineProperty(place, name, { value, enumerable: true, configurable: true, writable: true });
}
