import { expect, test } from '@jest/globals';
import { jobSpecificationSchema } from './job-specification.ts';
import { isFollower, timeLimitSeconds } from './time-limit.ts';

const urls = { source_url: 'postgresql://a/b', target_url: 'postgresql://c/d' };
const specify = (command: string, options: object) =>
  jobSpecificationSchema.parse({ schema_version: '1', command, ...urls, options });

test.each([
  ['validate', {}, 28_800],
  ['verify', {}, 28_800],
  ['status', {}, 28_800],
  ['cutover', {}, 28_800],
  ['init', { no_sync: true }, 28_800],
  ['init', {}, null],
  ['sync', {}, null],
  ['sync', { stop: true }, 28_800],
  ['sync', { job_timeout_seconds: 60 }, 60],
  ['init', { job_timeout_seconds: 60 }, 60],
  ['verify', { job_timeout_seconds: 60 }, 60],
])('%s with %j may take %p seconds', (command, options, seconds) => {
  expect(timeLimitSeconds(specify(command, options))).toBe(seconds);
});

test('a job that follows is one that goes on by itself, however long it may take', () => {
  expect(isFollower(specify('sync', { job_timeout_seconds: 60 }))).toBe(true);
  expect(isFollower(specify('status', {}))).toBe(false);
});
