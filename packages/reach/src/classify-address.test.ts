import { expect, test } from '@jest/globals';
import { classifyAddress, type AddressKind } from './classify-address.ts';

test.each<[AddressKind, string[]]>([
  ['public', ['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.167.1.1', '2606:4700::1111', '2a00:1450::1']],
  [
    'private',
    ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', 'fc00::1', 'fd12::1'],
  ],
  ['loopback', ['127.0.0.1', '127.1.2.3', '::1']],
  [
    'link-local',
    ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254', 'fd00:ec2::253'],
  ],
  [
    'special',
    [
      '0.0.0.0',
      '0.1.2.3',
      '224.0.0.1',
      '240.0.0.1',
      '255.255.255.255',
      '192.0.2.1',
      '198.18.0.1',
      '::',
      'ff02::1',
    ],
  ],
  // Without a kind of their own, and some of them ways to something else.
  [
    'special',
    ['2001:db8::1', '2001::1', 'fec0::1', '64:ff9b:1::a9fe:a9fe', '::ffff:0:127.0.0.1', '::7f00:1'],
  ],
])('%s: %j', (kind, addresses) => {
  expect(addresses.map(classifyAddress)).toEqual(addresses.map(() => kind));
});

test.each<[string, AddressKind, string[]]>([
  ['127.0.0.1', 'loopback', ['::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1', '2002:7f00:1::']],
  [
    '169.254.169.254',
    'link-local',
    ['::ffff:169.254.169.254', '0:0:0:0:0:ffff:a9fe:a9fe', '64:ff9b::169.254.169.254', '2002:a9fe:a9fe::1'],
  ],
  ['10.0.0.1', 'private', ['::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::5']],
  ['8.8.8.8', 'public', ['::ffff:8.8.8.8', '64:ff9b::808:808', '2002:808:808::']],
])('%s inside of an IPv6 address is %s', (_, kind, addresses) => {
  expect(addresses.map(classifyAddress)).toEqual(addresses.map(() => kind));
});

test('what is no address of a resolver is special', () => {
  for (const text of ['', 'localhost', '2130706433', '0x7f000001', '127.1', '010.0.0.1', '1.2.3.4.5']) {
    expect(classifyAddress(text)).toBe('special');
  }
});
