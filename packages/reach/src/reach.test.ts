import { describe, expect, test } from '@jest/globals';
import { ConnectionUrl } from '@seren-replicator/job-models';
import { createReach, type Lookup } from './reach.ts';
import type { ReachRules } from './reach-rules.ts';

const closed: ReachRules = { allowPrivate: false, allowLocal: false, allowedTargetHosts: [] };
const parse = (url: string): ConnectionUrl => ConnectionUrl.parse(url);
const refused = { code: 'address_not_allowed' };

/** The system's resolver, which is also what makes addresses of odd forms; no name is looked up on a network. */
const check = (url: string, rules: Partial<ReachRules> = {}) =>
  createReach({ ...closed, ...rules }).checkUrl('target', parse(url));

/** A resolver that gives these, one list for each question. */
function scripted(...answers: string[][]): Lookup {
  let question = 0;
  return async () => {
    const addresses = answers[Math.min(question, answers.length - 1)] ?? [];
    question += 1;
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
}

describe('by default a URL is refused that leads to', () => {
  test.each([
    ['loopback', 'postgresql://me@127.0.0.1/db'],
    ['loopback by name', 'postgresql://me@localhost/db'],
    ['loopback without a host', 'postgresql:///db'],
    ['loopback as one number', 'postgresql://me@2130706433/db'],
    ['loopback in hexadecimal', 'postgresql://me@0x7f000001/db'],
    ['loopback in octal', 'postgresql://me@017700000001/db'],
    ['loopback, shortened', 'postgresql://me@127.1/db'],
    ['loopback in IPv6', 'postgresql://me@[::1]/db'],
    ['loopback, mapped', 'postgresql://me@[::ffff:127.0.0.1]/db'],
    ['the metadata service', 'postgresql://me@169.254.169.254:80/db'],
    ['the metadata service as one number', 'postgresql://me@2852039166/db'],
    ['the metadata service through NAT64', 'postgresql://me@[64:ff9b::a9fe:a9fe]/db'],
    ['the metadata service in IPv6', 'postgresql://me@[fd00:ec2::254]/db'],
    ['a link with its zone', 'postgresql://me@[fe80::1%25eth0]/db'],
    ['every address', 'postgresql://me@0.0.0.0/db'],
    ['a private network', 'postgresql://me@10.0.0.1/db'],
    ['a private network by its second host', 'postgresql://me@8.8.8.8,192.168.0.1/db'],
    ['a private network by a parameter', 'postgresql://me@8.8.8.8/db?host=172.16.0.1'],
    ['a Unix socket', 'postgresql:///db?host=/var/run/postgresql'],
    ['a Unix socket, encoded', 'postgresql://%2Fvar%2Frun/db'],
    ['an abstract Unix socket', 'postgresql:///db?host=@abstract'],
    ['a file', 'postgresql://me@8.8.8.8/db?sslrootcert=/etc/shadow'],
  ])('%s', async (_, url) => {
    await expect(check(url)).rejects.toMatchObject(refused);
  });
});

test('hostaddr, which would go round the host, is refused when a URL is read', () => {
  expect(() => parse('postgresql://db.example.com/db?hostaddr=127.0.0.1')).toThrow('hostaddr');
});

test('what is public passes, and so does a name that nobody knows here', async () => {
  await check('postgresql://me@8.8.8.8,[2606:4700::1111]/db?sslrootcert=system');
  await check('postgresql://me@nowhere.invalid/db');
});

test('rules open private networks and this machine apart, and never the metadata service', async () => {
  const privately = { allowPrivate: true };
  await check('postgresql://me@10.0.0.1/db', privately);
  await expect(check('postgresql://me@127.0.0.1/db', privately)).rejects.toMatchObject(refused);
  const locally = { allowLocal: true };
  await check('postgresql://me@localhost/db?sslrootcert=/etc/ca.pem', locally);
  await check('postgresql:///db?host=/tmp', locally);
  await expect(check('postgresql://me@10.0.0.1/db', locally)).rejects.toMatchObject(refused);
  const all = { ...privately, ...locally };
  for (const host of ['169.254.169.254', '[fe80::1]', '[fd00:ec2::254]', '0.0.0.0']) {
    await expect(check(`postgresql://me@${host}/db`, all)).rejects.toMatchObject(refused);
  }
});

test('one address that is out of reach is enough to refuse a name', async () => {
  const reach = createReach(closed, scripted(['8.8.8.8', '169.254.169.254']));
  await expect(reach.resolve('source', 'db.example.com')).rejects.toMatchObject(refused);
});

test('a name is judged each time it is resolved', async () => {
  const reach = createReach(closed, scripted(['8.8.8.8'], ['127.0.0.1']));
  await reach.checkUrl('source', parse('postgresql://me@db.example.com/db'));
  await expect(reach.resolve('source', 'db.example.com')).rejects.toMatchObject(refused);
});

test('a refusal names the host as it was given, and not what it leads to', async () => {
  const reach = createReach(closed, scripted(['10.20.30.40']));
  const refusal = reach.resolve('source', 'inner.example.com');
  await expect(refusal).rejects.toThrow('The source host inner.example.com leads to a private address');
  await expect(refusal).rejects.not.toThrow('10.20.30.40');
});

describe('where target hosts are restricted', () => {
  const rules = { ...closed, allowedTargetHosts: ['*.db.serendb.com', '8.8.4.4', 'one.example.com'] };
  const reach = createReach(rules, scripted(['8.8.8.8']));
  const checkHosts = (hosts: string) => reach.checkUrl('target', parse(`postgresql://me@${hosts}/db`));

  test.each(['a.db.serendb.com', 'A.B.DB.SerenDB.com', 'a.db.serendb.com.', '8.8.4.4', 'one.example.com'])(
    'one may write to %s',
    (host) => checkHosts(host),
  );

  test.each([
    'db.serendb.com',
    'a.db.serendb.com.evil.com',
    'adbxserendb.com',
    'one.example.com,two.example.com',
    '8.8.8.8',
    'xone.example.com',
  ])('one may not write to %s', async (hosts) => {
    await expect(checkHosts(hosts)).rejects.toMatchObject(refused);
  });

  test('one may read from others', () =>
    reach.checkUrl('source', parse('postgresql://me@two.example.com/db')));
});
