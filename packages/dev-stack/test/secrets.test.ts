/**
 * A password that needs escaping everywhere goes through the whole service, and is looked for wherever the service
 * writes: the emulator's files, logs, API answers, standard streams, command lines and environments.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { randomBytes } from 'node:crypto';
import { DevStackProcess, filesBelow, temporaryDirectory } from './support/dev-stack-process.ts';
import { processesWith } from './support/processes.ts';
import { startSilentServer } from './support/silent-server.ts';

/** Of this run alone: other tests have secrets too, and this one looks at all processes. */
const CORE = randomBytes(8).toString('hex');
const PASSWORD = `p%25"'ü/@:\\${CORE}`;
/** As it is, as URLs have it, as JSON has it, and the part that no encoding changes. */
const FORMS = [PASSWORD, encodeURIComponent(PASSWORD), JSON.stringify(PASSWORD).slice(1, -1), CORE];

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let postgres: PostgresServer;
let silent: Awaited<ReturnType<typeof startSilentServer>>;
let stack: DevStackProcess;
beforeAll(async () => {
  directory = await temporaryDirectory();
  postgres = await startPostgres({ major: 17, password: PASSWORD });
  silent = await startSilentServer();
  stack = await DevStackProcess.start(directory.path);
});
afterAll(async () => {
  await stack.end('SIGTERM');
  await silent.stop();
  await postgres.stop();
  await directory.remove();
});

const url = (port: number, database: string, user = 'postgres') =>
  `postgresql://${user}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`;

test('a password is nowhere but in sealed URLs', async () => {
  const answers: string[] = [];
  const collect = async (method: string, path: string, body?: unknown) => {
    const answer = await stack.request(method, path, body);
    answers.push(answer.text);
    return answer;
  };
  const submit = async (sourceUrl: string, targetUrl: string) =>
    stack.submit({ command: 'verify', source_url: sourceUrl, target_url: targetUrl });

  const good = await submit(url(postgres.port, 'postgres'), url(postgres.port, 'template1'));
  const refused = await submit(url(postgres.port, 'postgres', 'nobody'), url(postgres.port, 'template1'));
  const unreachable = await submit(url(1, 'postgres'), url(1, 'template1'));
  const endless = await submit(`${url(silent.port, 'db')}?sslmode=disable`, url(silent.port, 'other'));
  await collect('POST', '/jobs', { schema_version: '1.0', source_url: url(1, 'db'), colour: 1 });
  await collect('POST', '/jobs', { schema_version: url(1, 'db'), target_url: `postgres://${PASSWORD}@h/d` });

  await stack.jobIn('completed', good);
  await stack.jobIn('failed', refused);
  await stack.jobIn('failed', unreachable);
  await stack.jobIn('running', endless);
  for (const jobId of [good, refused, unreachable, endless]) await collect('GET', `/jobs/${jobId}`);
  await collect('GET', '/jobs');

  // The proof that the search would find it: what is not secret is there.
  const files = await filesBelow(directory.path);
  const holding = (text: string) =>
    [...files]
      .filter(([, content]) => content.includes(text))
      .map(([path]) => path.slice(directory.path.length));
  expect(holding(good)).toEqual(
    expect.arrayContaining([expect.stringMatching(/dynamodb/), expect.stringMatching(/logs/)]),
  );
  expect(answers.join('')).toContain('authentication_failed');
  expect(await processesWith(endless)).not.toEqual([]);

  for (const form of FORMS) {
    expect(holding(form)).toEqual([]);
    expect(answers.join('')).not.toContain(form);
    expect(stack.printed).not.toContain(form);
    expect(await processesWith(form)).toEqual([]);
  }
});
