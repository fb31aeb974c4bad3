import { expect, test } from '@jest/globals';
import { hideSecrets } from './hide-secrets.ts';

test.each([
  ['no route to postgresql://app:hunter2@h:5432/d', 'no route to postgresql://***@h:5432/d'],
  ['postgres://app:a/hunter2@h', 'postgres://***@h'],
  ['{"password":"hunter2","host":"h"}', '{"password":***,"host":"h"}'],
  ['host=h password=hunter2 user=u', 'host=h password=*** user=u'],
  ["x-api-key: hunter2, accept: 'a'", "x-api-key: ***, accept: 'a'"],
  ['see https://docs.example.com/a@b', 'see https://docs.example.com/a@b'],
])('%s', (text, expected) => {
  expect(hideSecrets(text)).toBe(expected);
});
