/** What the tests of remote runs share: two databases, a key, and the answers of a service that is well. */
import { createServer } from 'node:net';
import { jobStatus, ok, type ServiceAnswer } from './scripted-service.ts';

export const urls = {
  SEREN_SOURCE_URL: 'postgresql://a:hunter2@old/shop',
  SEREN_TARGET_URL: 'postgresql://a:hunter2@new/shop',
};
export const accepted: ServiceAnswer = { status: 201, body: { job_id: 'job-1', status: 'provisioning' } };
export const completed = ok(
  jobStatus({
    status: 'completed',
    result: { command: 'verify', verification: { tables: [], sequences: [], seconds: 1 } },
  }),
);

export const envFor = (url: string): Record<string, string> => ({
  ...urls,
  SEREN_REMOTE_API: url,
  SEREN_REMOTE_API_KEY: 'sk_hunter2',
});

export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
