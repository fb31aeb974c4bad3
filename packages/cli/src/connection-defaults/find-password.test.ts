import { describe, expect, test } from '@jest/globals';
import { ConnectionUrl } from '@seren-replicator/job-models';
import { matchPassword } from './find-password.ts';

const find = (file: string, url: string): string | undefined =>
  matchPassword(file, ConnectionUrl.parse(url))?.reveal();

describe('a password file', () => {
  test('gives the password of the first line that matches', () => {
    const file = ['# a:1:b:c:comment', 'h:5432:d:u:first', 'h:5432:d:u:second'].join('\n');
    expect(find(file, 'postgresql://u@h/d')).toBe('first');
  });

  test.each([
    ['host', 'other:5432:d:u:x'],
    ['port', 'h:5433:d:u:x'],
    ['database', 'h:5432:e:u:x'],
    ['user', 'h:5432:d:v:x'],
    ['nothing, being cut off', 'h:5432:d:u'],
  ])('gives none for a line of another %s', (_, line) => {
    expect(find(line, 'postgresql://u@h/d')).toBeUndefined();
  });

  test('matches anything by a *, but not by an escaped one', () => {
    expect(find('*:*:*:*:any', 'postgresql://u@h/d')).toBe('any');
    expect(find('\\*:*:*:*:star', 'postgresql://u@h/d')).toBeUndefined();
  });

  test('unescapes colons and backslashes', () => {
    expect(find('\\:\\:1:5432:a\\\\b:u:p\\:\\\\w', 'postgresql://u@[::1]/a%5Cb')).toBe('p:\\w');
  });

  test('keeps what follows an unescaped colon out of the password', () => {
    expect(find('h:*:*:*:pass:word', 'postgresql://u@h/d')).toBe('pass');
  });

  test('calls the usual socket directories localhost', () => {
    expect(find('localhost:*:*:*:sock', 'postgresql://u@/d?host=/var/run/postgresql')).toBe('sock');
    expect(find('localhost:*:*:*:sock', 'postgresql://u@/d?host=/elsewhere')).toBeUndefined();
  });

  test('is asked for each host in turn', () => {
    expect(find('two:6:*:*:second', 'postgresql://u@one:5,two:6/d')).toBe('second');
  });
});
