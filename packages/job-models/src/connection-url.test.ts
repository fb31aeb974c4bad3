import { describe, expect, test } from '@jest/globals';
import { ConnectionUrl } from './connection-url.ts';
import { ReplicatorError } from './replicator-error.ts';

const refusal = (text: string): ReplicatorError => {
  try {
    ConnectionUrl.parse(text);
  } catch (error) {
    if (error instanceof ReplicatorError) return error;
    throw error;
  }
  throw new Error('the URL was accepted');
};

describe('a password that was not percent-encoded', () => {
  test.each([
    ['an "@"', 'postgresql://user:hun@ter2@host/db'],
    ['a "/" after digits, which look like a port', 'postgresql://user:5433/hunter2@host/db'],
    ['a "/" after letters', 'postgresql://user:hun/ter2@host/db'],
    ['a "?"', 'postgresql://user:5433?hunter2@host/db'],
    ['a "?" and a "="', 'postgresql://user:5433?hunter2=x@host/db'],
    ['a "?" and a "%"', 'postgresql://user:5433?hunter2=%@host/db'],
    ['a "%"', 'postgresql://user:hunter2%@host/db'],
  ])('with %s is refused, and no part of it repeated', (_, text) => {
    const error = refusal(text);
    expect(error.code).toBe('invalid_url');
    expect(error.message).not.toMatch(/hun|ter2|5433/);
  });
});

test('an unknown parameter is refused by its name', () => {
  expect(refusal('postgresql://user:secret@host/db?sslmod=require').message).toContain('"sslmod"');
});

test('an "@" in the value of a parameter is part of the value', () => {
  expect(ConnectionUrl.parse('postgresql://host/db?user=me@corp').user).toBe('me@corp');
});

test('the text of a URL shows hosts and database alone', () => {
  const url = ConnectionUrl.parse('postgresql://me:p%25%40ss@[::1]:5433,other/d%20b?sslmode=require');
  expect(`${url.toString()} ${JSON.stringify({ url })}`).toBe(
    'postgresql://***@[::1]:5433,other:5432/d%20b {"url":"postgresql://***@[::1]:5433,other:5432/d%20b"}',
  );
});

describe('what a URL leaves out', () => {
  const defaults = new Map([
    ['host', 'db.internal'],
    ['port', '6000'],
    ['user', 'app'],
    ['password', 'p@ss'],
    ['dbname', 'shop'],
    ['sslmode', 'verify-full'],
  ]);

  test('is taken from the defaults', () => {
    const url = ConnectionUrl.parse('postgresql://', defaults);
    expect(url.reveal()).toBe('postgresql://app:p%40ss@db.internal:6000/shop?sslmode=verify-full');
  });

  test('and only that', () => {
    const url = ConnectionUrl.parse('postgresql://me:own@h1:1,h2/d?sslmode=require', defaults);
    expect(url.reveal()).toBe('postgresql://me:own@h1:1,h2:5432/d?sslmode=require');
  });

  test('is checked like what stands in the URL', () => {
    expect(() => ConnectionUrl.parse('postgresql://h', new Map([['sslmode', 'maybe']]))).toThrow(
      'its parameter "sslmode" must be one of',
    );
  });
});

test('a URL does not re-encode, or decode twice, what its hosts are', () => {
  expect(ConnectionUrl.parse('postgresql://%2Fvar%2Frun,[fe80::1%25eth0]:7/d').hosts).toEqual([
    { host: '/var/run', port: 5432 },
    { host: 'fe80::1%eth0', port: 7 },
  ]);
});

test('parameters can be taken out of a URL', () => {
  const url = ConnectionUrl.parse('postgresql://h/d?service=x&sslmode=require').withoutParameters([
    'service',
  ]);
  expect(url.withUser('me').reveal()).toBe('postgresql://me@h:5432/d?sslmode=require');
});

describe('parameters that contradict each other', () => {
  test.each([
    ['sslrootcert=system&sslmode=require', 'verify-full'],
    ['sslnegotiation=direct', 'sslmode=require'],
    ['sslnegotiation=direct&sslmode=allow', 'sslmode=require'],
    ['channel_binding=require&sslmode=disable', 'TLS'],
  ])('%s is refused, with the way out', (parameters, advice) => {
    const error = refusal(`postgresql://user@host/db?${parameters}`);
    expect(error.code).toBe('invalid_url');
    expect(error.message).toContain(advice);
  });
});

test("the public authorities are asked for a certificate's name too", () => {
  expect(ConnectionUrl.parse('postgresql://host/db?sslrootcert=system').sslmode).toBe('verify-full');
  expect(ConnectionUrl.parse('postgresql://host/db').sslmode).toBe('prefer');
  expect(ConnectionUrl.parse('postgresql://host/db?sslrootcert=system&sslnegotiation=direct').sslmode).toBe(
    'verify-full',
  );
});
