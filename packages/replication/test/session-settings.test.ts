/** Sessions keep their settings: no default of a server ends or slows them, and no router on the way forgets them. */
import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { createDatabase, run, runSql } from './database-pair.ts';
import { connectionOf } from '../src/session/session.ts';
import { openSession } from './open-session.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 18);

const IMPATIENCE = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
];

/** Shorter than a session of a copy has nothing to do, longer than a busy machine takes to set one up. */
const PATIENCE = '1s';

async function makeImpatient(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  const settings = IMPATIENCE.map((setting) => `ALTER DATABASE ${name} SET ${setting} = '${PATIENCE}'`);
  await runSql(new URL('/postgres', url).href, settings.join(';'));
}

it('a copy outlives every timeout that databases set for their sessions', async () => {
  const source = await createDatabase(
    servers.source,
    'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100000)',
  );
  const target = await createDatabase(servers.target);
  await Promise.all([source, target].map(makeImpatient));
  // The rows, some 600 kB, take twice as long.
  const options = { max_rate_bytes_per_second: 300_000 };
  const logged: string[] = [];
  const onLog = (_fields: object, message: string) => logged.push(message);
  expect((await run({ source, target, options, onLog })).failure).toBeNull();
  // Lost sessions would be mended, and say so.
  expect(logged.filter((message) => /lost|again/.test(message))).toEqual([]);
  expect((await run({ command: 'verify', source, target })).failure).toBeNull();
});

it('a session outlives every such timeout, at work and idle', async () => {
  const url = await createDatabase(servers.source);
  await makeImpatient(url);
  const { session, close } = await openSession(url);
  await session.query('work for long', 'SELECT pg_catalog.pg_sleep(1.5)');
  await sleep(1_500);
  await session.execute('begin', 'BEGIN');
  await sleep(1_500);
  await session.execute('commit', 'COMMIT');
  await close();
});

it('no statement is compiled before it is run, whatever a server does by default', async () => {
  const url = await createDatabase(servers.source);
  await runSql(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET jit = on`);
  const { session, close } = await openSession(url);
  const [setting] = await session.query('show a setting', 'SHOW jit');
  await close();
  expect(setting).toEqual({ jit: 'off' });
});

const itOnLinux = platform() === 'linux' ? it : it.skip;

itOnLinux('a connection that idles is kept alive (looked up where Linux has it)', async () => {
  const { session, close } = await openSession(servers.source.url());
  const { stream } = connectionOf(session.client);
  const port = 'localPort' in stream ? Number(stream.localPort) : 0;
  const connections = (await readFile('/proc/net/tcp', 'utf8'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  await close();
  const isPort = (address: string, number: number) =>
    address.endsWith(`:${number.toString(16).toUpperCase().padStart(4, '0')}`);
  // A connection of the same port that was closed before is listed for a while, too: 01 is one that stands.
  const own = connections.find(
    ([, local = '', remote = '', state]) =>
      isPort(local, port) && isPort(remote, servers.source.port) && state === '01',
  );
  // https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt: 02, a timer such as keepalive's is pending.
  expect(own?.[5]).toMatch(/^02:/);
});
