import { expect, test } from '@jest/globals';
import { readTableFilter, readTimeFilter } from './read-row-filters.ts';

test.each([
  ["orders:state = 'a:b'", { table: 'orders', where: "state = 'a:b'" }],
  ['public."a:b" : x::int > 1', { table: 'public."a:b"', where: 'x::int > 1' }],
  [`t:note <> '"'`, { table: 't', where: `note <> '"'` }],
])('a row filter is split at its first colon outside of quotes: %s', (text, expected) => {
  expect(readTableFilter(text)).toEqual(expected);
});

test.each(['', 'orders', 'orders:', ':true', '"a:b'])('%j is no row filter', (text) => {
  expect(() => readTableFilter(text)).toThrow("as in 'public.orders:id > 1000'");
});

const now = new Date('2026-11-20T18:00:00.250Z');

test.each([
  ['public.visits:at:2 days', 'public.visits', `"at" >= TIMESTAMPTZ '2026-11-18 18:00:00.250+00'`],
  ['"a:b":"c:""d":1 hour', '"a:b"', `"c:""d" >= TIMESTAMPTZ '2026-11-20 17:00:00.250+00'`],
  ['Visits : createdAt : 1 month', 'Visits', `"createdAt" >= TIMESTAMPTZ '2026-10-20 18:00:00.250+00'`],
])('a time filter is a predicate with a moment in it: %s', (text, table, where) => {
  expect(readTimeFilter(text, now)).toEqual({ table, where });
});

test.each([
  '',
  'visits:6 months',
  'visits:at:soon',
  'visits:at:1 day:x',
  ':at:1 day',
  'v:a"b:1 day',
  'v::1 day',
])('%j is no time filter', (text) => {
  expect(() => readTimeFilter(text, now)).toThrow("as in 'public.visits:created_at:1 year 6 months'");
});
