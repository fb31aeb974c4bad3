/** Submissions whose URLs lead where jobs may not go. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createReach } from '@seren-replicator/reach';
import { specification, testApi, type TestApi } from './support/api.ts';
import { startJobTable } from './support/job-table.ts';

let store: Awaited<ReturnType<typeof startJobTable>>;
let api: TestApi;
beforeAll(async () => {
  store = await startJobTable();
  const rules = { allowPrivate: false, allowLocal: false, allowedTargetHosts: ['*.example.com', '127.*'] };
  api = testApi(store.table, { reach: createReach(rules) });
});
afterAll(() => store.stop());

const submit = (urls: object) => api.request('POST', '/jobs', { body: { ...specification, ...urls } });

test('are refused with the places that are wrong, and no job is made', async () => {
  const { status, body, text } = await submit({
    source_url: 'postgresql://me:hunter2@169.254.169.254/db',
    target_url: 'postgresql://me:hunter2@0x7f000001/db',
  });
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
  expect(body.details?.map(({ path }) => path)).toEqual(['source_url', 'target_url']);
  expect(text).not.toContain('hunter2');
  expect((await api.request('GET', '/jobs')).body).toMatchObject({ jobs: [] });
});

test('are refused for a target that is not among those allowed', async () => {
  const urls = { source_url: 'postgresql://me@8.8.8.8/db', target_url: 'postgresql://me@8.8.4.4/db' };
  expect((await submit(urls)).body.details).toEqual([
    { path: 'target_url', message: expect.stringContaining('not one that jobs may write to') },
  ]);
});
