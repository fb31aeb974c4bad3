import { expect, test } from '@jest/globals';
import { redactUrls } from './redact-urls.ts';

test.each([
  ['at postgresql://me:pw@host:5432/db now', 'at postgresql://***@host:5432/db now'],
  ['POSTGRES://me:p%25w@a,b/db', 'POSTGRES://***@a,b/db'],
  ['postgresql://host/db?password=pw&user=me', 'postgresql://host/db?***'],
  ['postgresql://me:pw@host/db?sslpassword=pw', 'postgresql://***@host/db?***'],
  ['https://me:pw@host', 'https://me:pw@host'],
  ['no URL', 'no URL'],
])('%j is logged as %j', (text, redacted) => {
  expect(redactUrls(text)).toBe(redacted);
});
