import { expect, test } from '@jest/globals';
import { subtractInterval } from './subtract-interval.ts';

const now = new Date('2028-03-31T12:30:00.500Z');

test.each([
  ['6 months', '2027-09-30T12:30:00.500Z'],
  ['1 month', '2028-02-29T12:30:00.500Z'],
  ['13 months', '2027-02-28T12:30:00.500Z'],
  ['90 days', '2028-01-01T12:30:00.500Z'],
  ['1 year 2 weeks', '2027-03-17T12:30:00.500Z'],
  ['1 month 1 day', '2028-02-28T12:30:00.500Z'],
  ['36 hours', '2028-03-30T00:30:00.500Z'],
  ['90 minutes', '2028-03-31T11:00:00.500Z'],
  ['1 Day', '2028-03-30T12:30:00.500Z'],
  ['2027 years', '0001-03-31T12:30:00.500Z'],
])('%s before the last day of March', (interval, expected) => {
  expect(subtractInterval(now, interval)?.toISOString()).toBe(expected);
});

test.each([
  ['nothing', ''],
  ['no unit', '6'],
  ['no amount', 'months'],
  ['no length', '0 days'],
  ['the future', '-1 day'],
  ['a part of a unit', '1.5 days'],
  ['an unknown unit', '3 fortnights'],
  ['more than an interval', '1 day; x'],
  ['a day before Christ', '2028 years'],
  ['more than a date holds', '999999 years'],
])('%s is refused', (_, interval) => {
  expect(subtractInterval(now, interval)).toBeNull();
});
