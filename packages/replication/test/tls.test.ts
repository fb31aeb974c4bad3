import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectionUrl, ReplicatorError } from '@seren-replicator/job-models';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { validate } from './check-finder.ts';
import { withServers } from '../src/session/with-servers.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { startTlsServer, USER_PASSWORD, type TlsServer } from './tls-server.ts';

let tls: TlsServer;
/** Of the last major without direct negotiation, and without TLS. */
let plain: PostgresServer;

beforeAll(async () => {
  [tls, plain] = await Promise.all([startTlsServer(17), startPostgres({ major: 16 })]);
});
afterAll(() => Promise.all([tls.stop(), plain.stop()]));

/** What the server says of the connection: `TLSv1.3`, or `plain`; else the error's code. */
async function connect(url: string): Promise<string> {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const parsed = ConnectionUrl.parse(url);
  const { signal } = new AbortController();
  const sql = 'SELECT version FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid() AND ssl';
  try {
    return await withServers({ sourceUrl: parsed, targetUrl: parsed, log, signal }, ({ source }) =>
      source.withSession(async (session) => {
        const [row] = await session.query<{ version: string }>('tell about TLS', sql);
        return row?.version ?? 'plain';
      }),
    );
  } catch (error) {
    if (!(error instanceof ReplicatorError)) throw error;
    expect(error.message).not.toContain(USER_PASSWORD);
    return `${error.code}: ${error.message}`;
  }
}

async function countFailures(): Promise<number> {
  const log = await readFile(tls.server.logFile, 'utf8');
  return log.split('password authentication failed for user "app"').length - 1;
}

const TLS = /^TLSv1\.[23]$/;
const PLAIN = /^plain$/;
const TLS_FAILED = /^tls_failed/;
const REFUSED = /^authentication_failed/;

describe('sslmode', () => {
  it.each([
    ['', TLS],
    ['sslmode=disable', PLAIN],
    ['sslmode=allow', PLAIN],
    ['sslmode=prefer', TLS],
    ['sslmode=require', TLS],
  ])('%s is honoured by a server that speaks both', async (parameters, expected) => {
    expect(await connect(tls.url(parameters))).toMatch(expected);
  });

  it.each([
    ['disable', PLAIN],
    ['allow', PLAIN],
    ['prefer', PLAIN],
    ['require', /^tls_failed: .*does not speak TLS/],
    ['verify-full', /^tls_failed: .*does not speak TLS/],
  ])('%s is honoured by a server without TLS', async (mode, expected) => {
    expect(await connect(`${plain.url()}?sslmode=${mode}`)).toMatch(expected);
  });

  it.each([
    ['disable', REFUSED],
    ['allow', TLS],
    ['prefer', TLS],
    ['require', TLS],
  ])('%s meets a server that lets a user in over TLS alone', async (mode, expected) => {
    expect(await connect(tls.url(`sslmode=${mode}`, 'tls_only'))).toMatch(expected);
  });

  it.each([
    ['disable', PLAIN],
    ['allow', PLAIN],
    ['prefer', PLAIN],
    ['require', REFUSED],
  ])('%s meets a server that lets a user in without TLS alone', async (mode, expected) => {
    expect(await connect(tls.url(`sslmode=${mode}`, 'plain_only'))).toMatch(expected);
  });

  it('does not try a wrong password twice', async () => {
    const url = tls.url('sslmode=prefer').replace('a%20secret', 'wrong');
    const before = await countFailures();
    expect(await connect(url)).toMatch(REFUSED);
    expect(await countFailures()).toBe(before + 1);
  });
});

describe('a certificate', () => {
  const by = (file: 'authority' | 'otherAuthority', mode: string) =>
    `sslmode=${mode}&sslrootcert=${encodeURIComponent(tls.files[file])}`;

  it.each(['require', 'verify-ca', 'verify-full'])('of the named authority satisfies %s', async (mode) => {
    expect(await connect(tls.url(by('authority', mode)))).toMatch(TLS);
  });

  it.each(['require', 'verify-ca', 'verify-full'])('of another authority fails %s', async (mode) => {
    expect(await connect(tls.url(by('otherAuthority', mode)))).toMatch(TLS_FAILED);
  });

  it.each([
    ['require', TLS],
    ['verify-ca', TLS],
    ['verify-full', TLS_FAILED],
  ])('for another host is judged by %s', async (mode, expected) => {
    const url = tls.url(by('authority', mode)).replace('localhost', '127.0.0.1');
    expect(await connect(url)).toMatch(expected);
  });

  it.each(['verify-ca', 'verify-full', 'verify-full&sslrootcert=system'])(
    'that no public authority issued fails %s without a file of authorities',
    async (mode) => {
      expect(await connect(tls.url(`sslmode=${mode}`))).toMatch(TLS_FAILED);
    },
  );

  it('is checked for sslrootcert=system though no sslmode says so', async () => {
    expect(await connect(tls.url('sslrootcert=system'))).toMatch(TLS_FAILED);
  });

  it('of ours lets a user in', async () => {
    const files = `sslcert=${encodeURIComponent(tls.files.userCert)}&sslkey=${encodeURIComponent(tls.files.userKey)}`;
    expect(await connect(tls.url(`sslmode=require&${files}`, 'bearer'))).toMatch(TLS);
    expect(await connect(tls.url('sslmode=require', 'bearer'))).toMatch(REFUSED);
  });

  it('file that is none, or is not there, is named', async () => {
    const notThere = await connect(tls.url('sslmode=verify-full&sslrootcert=/no/such/file'));
    expect(notThere).toMatch(/^tls_failed: .*\/no\/such\/file.*sslrootcert/);
    const key = `sslcert=${encodeURIComponent(tls.files.userCert)}&sslkey=/etc/hostname`;
    expect(await connect(tls.url(`sslmode=require&${key}`))).toMatch(TLS_FAILED);
  });
});

describe('sslnegotiation=direct', () => {
  it('saves a round trip to a server that knows it', async () => {
    expect(await connect(tls.url('sslmode=require&sslnegotiation=direct'))).toMatch(TLS);
  });

  it('says which version it takes to one that does not', async () => {
    const url = `${plain.url()}?sslmode=require&sslnegotiation=direct`;
    expect(await connect(url)).toMatch(/^tls_failed: .*PostgreSQL 17/);
  });
});

describe('channel_binding=require', () => {
  it.each(['sslmode=prefer', 'sslmode=require', 'sslmode=allow'])('binds with %s', async (mode) => {
    expect(await connect(tls.url(`${mode}&channel_binding=require`))).toMatch(TLS);
  });

  it.each([
    ['by MD5', 'md5_user'],
    ['in clear text', 'clear_user'],
    ['without a password', 'trusted'],
  ])('refuses a server that lets the user in %s, which is taken without it', async (_how, user) => {
    const refusal = await connect(tls.url('sslmode=require&channel_binding=require', user));
    expect(refusal).toMatch(/^authentication_failed: .*does not offer channel binding/);
    expect(await connect(tls.url('sslmode=require', user))).toMatch(TLS);
  });

  it('refuses a server without TLS, and a connection that pg_hba.conf wants without it', async () => {
    expect(await connect(`${plain.url()}?channel_binding=require`)).toMatch(TLS_FAILED);
    expect(await connect(tls.url('channel_binding=require', 'plain_only'))).toMatch(REFUSED);
  });

  it('refuses a Unix socket', async () => {
    const socket = `postgresql://postgres:x@/postgres?host=${encodeURIComponent(tls.server.socketDirectory)}&port=${tls.server.port}`;
    expect(await connect(`${socket}&channel_binding=require`)).toMatch(/^invalid_url/);
  });

  it('is left alone when it is disabled', async () => {
    expect(await connect(tls.url('sslmode=require&channel_binding=disable'))).toMatch(TLS);
  });
});

describe('validate tells of encryption', () => {
  const encryption = async (url: string) =>
    (await validate({ source: url, target: unusedDatabaseUrl(tls.server) })).find('source encryption');

  it('where there is one', async () => {
    expect(await encryption(tls.url())).toMatchObject({
      status: 'pass',
      message: expect.stringMatching(TLS),
    });
  });

  it('where there is none, and no need for it on one machine', async () => {
    const check = await encryption(tls.url('sslmode=disable'));
    expect(check).toMatchObject({ status: 'pass', message: expect.stringContaining('does not leave') });
  });

  const address = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

  // A machine without a network has no address that looks like another machine's.
  (address === undefined ? it.skip : it)('where there is none, and rows leave the machine', async () => {
    const remote = (parameters: string) => tls.url(parameters).replace('localhost', address ?? '');
    expect(await encryption(remote('sslmode=disable'))).toMatchObject({
      status: 'warn',
      fix: expect.stringContaining('sslmode=verify-full'),
    });
    expect(await encryption(remote('sslmode=require'))).toMatchObject({
      status: 'pass',
      message: expect.stringContaining('nobody vouches for (sslmode=require)'),
    });
    const verified = `sslmode=verify-ca&sslrootcert=${encodeURIComponent(tls.files.authority)}`;
    expect((await encryption(remote(verified))).message).toMatch(TLS);
  });
});

it('copies over TLS, pg_dump included', async () => {
  const verified = `?sslmode=verify-full&channel_binding=require&sslrootcert=${encodeURIComponent(tls.files.authority)}`;
  const overTls = (url: string) => url.replace('127.0.0.1', 'localhost') + verified;
  const source = await createDatabase(
    tls.server,
    "CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 20000) AS i",
  );
  const target = unusedDatabaseUrl(tls.server);
  const { failure } = await run({ source: overTls(source), target: overTls(target) });
  expect(failure).toBeNull();
  expect(await runSql(target, 'SELECT count(*)::int FROM t')).toEqual([{ count: 20_000 }]);
});
