/**
 * The service from outside, between two PostgreSQL servers: jobs that must succeed, and jobs that must fail. See
 * scripts/test-integration for what is tested with which variables.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, stderr } from 'node:process';
import { withPostgres } from '@seren-replicator/local-servers';
import { startStack } from './demo/start-stack.ts';
import { apiCases } from './service-test/api-cases.ts';
import { jobCases } from './service-test/job-cases.ts';
import { runCases } from './service-test/run-cases.ts';
import { withSampleDatabases } from './service-test/sample-databases.ts';
import { Service } from './service-test/service.ts';

const say = (line: string): void => void stderr.write(`${line}\n`);

async function testService(
  service: Service,
  servers: { sourceUrl: string; targetUrl: string },
): Promise<number> {
  const failedAtApi = await runCases(apiCases, { service }, say);
  const failedAtJobs = await withSampleDatabases(servers, (urls) =>
    runCases(jobCases, { service, ...urls }, say),
  );
  return failedAtApi + failedAtJobs;
}

interface Deployed {
  service: Service;
  servers: { sourceUrl: string; targetUrl: string };
}

/** Null when a variable is missing. */
function readDeployed(remoteApi: string): Deployed | null {
  const { SEREN_REMOTE_API_KEY: apiKey, SEREN_SOURCE_URL: sourceUrl, SEREN_TARGET_URL: targetUrl } = env;
  if (apiKey === undefined || sourceUrl === undefined || targetUrl === undefined) return null;
  return { service: new Service(remoteApi, apiKey), servers: { sourceUrl, targetUrl } };
}

async function testHere(signal: AbortSignal): Promise<number> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'seren-integration-'));
  try {
    return await withPostgres({ major: 17 }, (source) =>
      withPostgres({ major: 18 }, async (target) => {
        const stack = await startStack(dataDirectory, signal);
        try {
          const servers = { sourceUrl: source.url(), targetUrl: target.url() };
          return await testService(new Service(stack.remoteApi, stack.apiKey), servers);
        } finally {
          await stack.stop();
        }
      }),
    );
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

const interrupting = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupting.abort());
const remoteApi = env['SEREN_REMOTE_API'];
const deployed = remoteApi === undefined ? null : readDeployed(remoteApi);
if (remoteApi !== undefined && deployed === null) {
  say('test-integration: set SEREN_REMOTE_API_KEY, SEREN_SOURCE_URL and SEREN_TARGET_URL as well.');
  process.exitCode = 2;
} else {
  const failed = await (deployed === null
    ? testHere(interrupting.signal)
    : testService(deployed.service, deployed.servers));
  say(failed === 0 ? 'all passed' : `${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
