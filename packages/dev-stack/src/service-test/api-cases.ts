import { deepEqual, equal, match } from 'node:assert/strict';
import type { Case } from './run-cases.ts';
import type { Service } from './service.ts';

/** What the API answers without any machine. */
export const apiCases: readonly Case<{ service: Service }>[] = [
  {
    name: 'health is told to anybody',
    run: async ({ service }) => {
      const { status, body } = await service.request('GET', '/health', { headers: { 'x-api-key': '' } });
      equal(status, 200);
      equal(body['status'], 'ok');
    },
  },
  {
    name: 'nobody gets in without a key, or with a wrong one',
    run: async ({ service }) => {
      for (const key of ['', 'wrong']) {
        const { status, body } = await service.request('GET', '/jobs', { headers: { 'x-api-key': key } });
        deepEqual([status, body['code']], [401, 'unauthorized']);
      }
    },
  },
  {
    name: 'a specification with a field that there is not is refused with its path',
    run: async ({ service }) => {
      const specification = { schema_version: '1.0', command: 'init', options: { colour: 'blue' } };
      const { status, body } = await service.request('POST', '/jobs', { body: specification });
      deepEqual([status, body['code']], [400, 'invalid_request']);
      match(JSON.stringify(body['details']), /options\.colour/);
    },
  },
  {
    name: 'a job that there is not is not found',
    run: async ({ service }) => {
      const { status, body } = await service.request('GET', '/jobs/3b241101-e2bb-4255-8caf-4136c566a962');
      deepEqual([status, body['code']], [404, 'not_found']);
    },
  },
];
