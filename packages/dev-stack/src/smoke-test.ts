/**
 * A few questions to a service that has just been deployed, with SEREN_REMOTE_API and SEREN_REMOTE_API_KEY, and one
 * job. With SEREN_SOURCE_URL and SEREN_TARGET_URL that is a validation of theirs, which must end well. Without them it
 * is one that cannot reach a database: it goes to the API's own address, and must come back saying so, which takes the
 * whole way through table, reconciler, machine and key.
 */
import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { env, stderr } from 'node:process';
import { apiCases } from './service-test/api-cases.ts';
import { runCases, type Case } from './service-test/run-cases.ts';
import { Service } from './service-test/service.ts';

const { SEREN_REMOTE_API, SEREN_REMOTE_API_KEY, SEREN_SOURCE_URL, SEREN_TARGET_URL } = env;
const say = (line: string): void => void stderr.write(`${line}\n`);

const validation: Case<{ service: Service }> = {
  name: 'a validate job goes all the way',
  run: async ({ service }) => {
    const { hostname, port, protocol } = new URL(service.remoteApi);
    const here = `postgresql://smoke:test@${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}/`;
    const jobId = await service.submit({
      command: 'validate',
      source_url: SEREN_SOURCE_URL ?? `${here}source`,
      target_url: SEREN_TARGET_URL ?? `${here}target`,
      options: { no_sync: true },
    });
    const job = await service.ended(jobId);
    notEqual(job.started_at, null, `no worker took the job: ${String(job.error)}`);
    if (SEREN_SOURCE_URL !== undefined) deepEqual([job.status, job.error], ['completed', null]);
    else equal(job.status, 'failed');
    say(`     ${job.status}${job.error_code === null ? '' : `, ${job.error_code}`}, attempt ${job.attempt}`);
  },
};

if (SEREN_REMOTE_API === undefined || SEREN_REMOTE_API_KEY === undefined) {
  say('smoke-test: set SEREN_REMOTE_API and SEREN_REMOTE_API_KEY.');
  process.exitCode = 2;
} else {
  const service = new Service(SEREN_REMOTE_API, SEREN_REMOTE_API_KEY);
  const failed = await runCases([...apiCases, validation], { service }, say);
  process.exitCode = failed === 0 ? 0 : 1;
}
