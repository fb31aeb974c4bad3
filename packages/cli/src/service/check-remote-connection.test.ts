import { expect, test } from '@jest/globals';
import { ConnectionUrl } from '@seren-replicator/job-models';
import { checkRemoteConnection } from './check-remote-connection.ts';

const check = (url: string, isServiceLocal = false): string[] => {
  const warnings: string[] = [];
  const warn = (message: string): void => {
    warnings.push(message);
  };
  checkRemoteConnection({ role: 'source', url: ConnectionUrl.parse(url), isServiceLocal, warn });
  return warnings;
};

test.each(['sslcert=/c.pem', 'sslkey=/k.pem', 'sslrootcert=/ca.pem'])(
  '%s names a file of this machine',
  (parameter) => {
    expect(() => check(`postgresql://h/d?${parameter}`, true)).toThrow(
      `--source: ${parameter.split('=')[0] ?? ''} names a file`,
    );
  },
);

test('sslrootcert=system names none', () => {
  expect(check('postgresql://h/d?sslmode=verify-full&sslrootcert=system')).toEqual([]);
});

test.each(['localhost', '127.0.0.1', '[::1]', 'db.example.com,127.8.8.8'])(
  'a job elsewhere is warned of %s, one on this machine is not',
  (hosts) => {
    expect(check(`postgresql://${hosts}/d`)).toEqual([expect.stringContaining('not this one')]);
    expect(check(`postgresql://${hosts}/d`, true)).toEqual([]);
  },
);

test('a job elsewhere cannot reach a socket', () => {
  expect(() => check('postgresql:///d?host=/run/postgresql')).toThrow('Unix socket');
});
