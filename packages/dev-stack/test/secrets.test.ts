/**
 * Unusual passwords go through the whole service, in jobs that succeed, fail in every way, are cancelled, retried and
 * killed, and are looked for wherever anything of it writes: the emulator's files, logs, API answers, standard streams
 * of the stack and of the command line, command lines and environments of processes.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  startPostgres,
  type PostgresServer,
  startSilentServer,
  type SilentServer,
} from '@seren-replicator/local-servers';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { DevStackProcess, filesBelow, temporaryDirectory } from './support/dev-stack-process.ts';
import { processesWith } from './support/processes.ts';

/** Of this run alone: other tests have secrets too, and this one looks at all processes. */
const core = (): string => randomBytes(8).toString('hex');
const cores = [core(), core(), core(), core()];
const PASSWORDS = [
  `p%25"'ü/@:\\${cores[0]}`,
  `100%'; DROP TABLE "x" --\`$(id)${cores[1]}`,
  `пароль ${cores[2]}\tß=&?#`,
  `{"password":"${cores[3]}"}`,
] as const;
const [PASSWORD, FIRST, SECOND, THIRD] = PASSWORDS;
/** A password that is also the name of a table: a search and replace for secrets would mangle results. */
const COMMON_WORD = 'orders';

/** As it is, as URLs, JSON and headers have it, and the part that no encoding changes. */
const formsOf = (password: string, index: number): string[] => [
  password,
  encodeURIComponent(password),
  JSON.stringify(password).slice(1, -1),
  Buffer.from(password).toString('base64'),
  Buffer.from(password).toString('base64url'),
  Buffer.from(password).toString('hex'),
  cores[index] ?? '',
];

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let postgres: PostgresServer;
let silent: SilentServer;
let stack: DevStackProcess;
beforeAll(async () => {
  directory = await temporaryDirectory();
  postgres = await startPostgres({ major: 17, password: PASSWORD });
  silent = await startSilentServer();
  stack = await DevStackProcess.start(directory.path);
  await createRoles();
});
afterAll(async () => {
  await stack.end('SIGTERM');
  await silent.stop();
  await postgres.stop();
  await directory.remove();
});

async function createRoles(): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url() });
  await client.connect();
  for (const [index, password] of [FIRST, SECOND, THIRD, COMMON_WORD].entries()) {
    await client.query(
      `CREATE ROLE r${index + 1} SUPERUSER LOGIN PASSWORD ${client.escapeLiteral(password)}`,
    );
  }
  await client.query(`CREATE TABLE ${COMMON_WORD} (id int PRIMARY KEY)`);
  await client.end();
}

interface Place {
  port?: number;
  user?: string;
  host?: string;
  password?: string;
}
const url = (database: string, place: Place = {}): string => {
  const { port = postgres.port, user = 'postgres', host = '127.0.0.1', password = PASSWORD } = place;
  return `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
};

const verify = (sourceUrl: string, targetUrl: string): Promise<string> =>
  stack.submit({ command: 'verify', source_url: sourceUrl, target_url: targetUrl });

/** What the command line prints for a user whose environment holds the URLs. */
async function runCli(args: readonly string[], environment: Record<string, string>): Promise<string> {
  const cli = join(import.meta.dirname, '../../cli/dist/cli.js');
  const child = spawn(process.execPath, [cli, ...args], {
    env: {
      HOME: '/nonexistent',
      SEREN_REMOTE_API: stack.ready.remote_api,
      SEREN_REMOTE_API_KEY: stack.ready.api_key,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  }
  await once(child, 'close');
  return printed;
}

/** Jobs that end in as many ways as there are, and what was said about them. */
async function useEverything(): Promise<{ jobIds: string[]; said: string }> {
  const good = await Promise.all([
    verify(url('postgres'), url('template1')),
    verify(
      url('postgres', { user: 'r1', password: FIRST }),
      url('template1', { user: 'r2', password: SECOND }),
    ),
    verify(url('postgres', { user: 'r3', password: THIRD }), url('template1')),
  ]);
  const bad = await Promise.all([
    verify(url('postgres', { user: 'nobody' }), url('template1')),
    verify(url('postgres', { password: FIRST }), url('template1')),
    verify(url('postgres', { port: 1 }), url('template1', { port: 1 })),
    verify(url('postgres', { host: 'nowhere.invalid' }), url('template1')),
    verify(`${url('postgres')}?sslmode=require`, url('template1')),
    verify(url('missing'), url('template1')),
  ]);
  const endless = `${url('db', { port: silent.port, password: SECOND })}?sslmode=disable&connect_timeout=600`;
  const cancelled = await verify(endless, endless);
  const killed = await verify(endless, endless);
  for (const jobId of [cancelled, killed]) await stack.jobIn('running', jobId);
  await stack.request('POST', `/jobs/${cancelled}/cancel`);
  for (const { pid } of await processesWith(`SEREN_JOB_ID=${killed}`)) process.kill(pid, 'SIGABRT');
  for (const jobId of good) await stack.jobIn('completed', jobId).catch(() => stack.jobIn('failed', jobId));
  for (const jobId of bad) await stack.jobIn('failed', jobId);
  await stack.jobIn('cancelled', cancelled);
  const retried = JSON.parse((await stack.request('POST', `/jobs/${cancelled}/retry`)).text) as {
    job_id: string;
  };
  await stack.jobIn('running', retried.job_id);
  const jobIds = [...good, ...bad, cancelled, killed, retried.job_id];
  return {
    jobIds,
    said: (await Promise.all([sayAll(jobIds), sayRefusals(), sayOnTheCommandLine()])).join('\n'),
  };
}

async function sayAll(jobIds: readonly string[]): Promise<string> {
  const paths = ['/jobs', ...jobIds.flatMap((jobId) => [`/jobs/${jobId}`, `/jobs/${jobId}/logs`])];
  return (await Promise.all(paths.map((path) => stack.request('GET', path))))
    .map(({ text }) => text)
    .join('\n');
}

async function sayRefusals(): Promise<string> {
  const bodies = PASSWORDS.flatMap((password) => [
    { schema_version: '1.0', command: 'verify', source_url: url('db', { password }), colour: 1 },
    { schema_version: url('db', { password }), target_url: `postgres://${password}@h/d` },
    { schema_version: '1.0', command: password, source_url: `postgresql://u:${password}@h/d` },
    { schema_version: '1.0', command: 'verify', source_url: { password }, target_url: [password] },
  ]);
  const answers = await Promise.all(bodies.map((body) => stack.request('POST', '/jobs', body)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
  return answers.map(({ text }) => text).join('\n');
}

async function sayOnTheCommandLine(): Promise<string> {
  const urls = { SEREN_SOURCE_URL: url('postgres'), SEREN_TARGET_URL: url('template1') };
  const runs: [string[], Record<string, string>][] = [
    [['verify', '--log-level', 'debug'], urls],
    [['verify', '--local', '--log-level', 'debug'], urls],
    [
      ['verify', '--local', '--log-level', 'debug'],
      { ...urls, SEREN_SOURCE_URL: url('postgres', { password: FIRST }) },
    ],
    [['estimate'], urls],
    [['validate', '--no-sync', '--json'], { ...urls, SEREN_TARGET_URL: url('postgres', { port: 1 }) }],
    [['verify', `--soruce=${url('db')}`, url('db')], {}],
    [[FIRST], {}],
  ];
  const printed: string[] = [];
  for (const [args, environment] of runs) printed.push(await runCli(args, environment));
  return printed.join('\n');
}

test('passwords are nowhere but in sealed URLs, whatever becomes of a job', async () => {
  const { jobIds, said } = await useEverything();
  const files = await filesBelow(directory.path);
  const holding = (text: string): string[] =>
    [...files]
      .filter(([, content]) => content.includes(text))
      .map(([path]) => path.slice(directory.path.length));

  // The proof that the search would find them: what is not secret is there.
  for (const jobId of jobIds) {
    expect(holding(jobId)).toEqual(
      expect.arrayContaining([expect.stringMatching(/dynamodb/), expect.stringMatching(/coordinator\.log/)]),
    );
  }
  expect(said).toContain('authentication_failed');
  expect(said).toContain('job claimed');
  expect(await processesWith(jobIds.at(-1) ?? '')).not.toEqual([]);

  for (const [index, password] of PASSWORDS.entries()) {
    for (const form of formsOf(password, index)) {
      expect([form, holding(form)]).toEqual([form, []]);
      expect(said.includes(form) ? form : '').toBe('');
      expect(stack.printed.includes(form) ? form : '').toBe('');
      expect(await processesWith(form)).toEqual([]);
    }
  }
});

test('a password that is also the name of a table changes no result', async () => {
  const place = { user: 'r4', password: COMMON_WORD };
  const jobId = await stack.submit({
    command: 'init',
    source_url: url('postgres', place),
    target_url: url('copy', place),
    options: { no_sync: true },
  });
  const { result, source, target } = await stack.jobIn('completed', jobId);
  expect(result).toMatchObject({ verification: { tables: [{ table: `public.${COMMON_WORD}` }] } });
  expect([source, target].join()).not.toContain(COMMON_WORD);
});
