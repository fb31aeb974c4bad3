/** Sessions go to the addresses that whoever runs the engine has allowed, and to no other. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jobSpecificationSchema, ReplicatorError } from '@seren-replicator/job-models';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { runCommand, type ResolveHost } from '../src/index.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ major: 17 });
});
afterAll(() => server.stop());

/** A verification of the server's own databases, under a name that the system does not know. */
async function verify(resolveHost: ResolveHost, host = 'db.invalid'): Promise<unknown> {
  const url = (database: string): string =>
    `postgresql://postgres:${encodeURIComponent(server.password)}@${host}:${server.port}/${database}`;
  const specification = jobSpecificationSchema.parse({
    schema_version: '1.0',
    command: 'verify',
    source_url: url('postgres'),
    target_url: url('template1'),
  });
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const deps = { log: quiet, onProgress: () => undefined, path: '', signal: new AbortController().signal };
  return runCommand({ ...deps, resolveHost }, specification);
}

test('what the resolver gives is what is connected to, whatever the name means elsewhere', async () => {
  const asked: string[] = [];
  await verify(async (side, host) => {
    asked.push(`${side} ${host}`);
    return [{ address: '127.0.0.1', family: 4 }];
  });
  expect(new Set(asked)).toEqual(new Set(['source db.invalid', 'target db.invalid']));
});

test('a name that means another host by the second session is followed no further', async () => {
  let questions = 0;
  const running = verify(async () => {
    questions += 1;
    if (questions > 1) throw new ReplicatorError('address_not_allowed', 'Out of bounds.');
    return [{ address: '127.0.0.1', family: 4 }];
  }, 'localhost');
  await expect(running).rejects.toMatchObject({ code: 'address_not_allowed' });
  expect(questions).toBe(2);
});

test('a host that the resolver does not know is unknown', async () => {
  const missing = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  await expect(verify(() => Promise.reject(missing))).rejects.toMatchObject({ code: 'host_unknown' });
});
