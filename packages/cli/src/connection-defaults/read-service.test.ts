import { expect, test } from '@jest/globals';
import { parseService } from './read-service.ts';

const file = `
# comment
[other]
host=wrong
[shop]
host=db.example.com
  port=6000
# comment
options=-c search_path=a b
[later]
user=wrong
[shop]
user=wrong
`;

test('a service has the parameters of its first section', () => {
  expect(parseService(file, 'shop', 'f')).toEqual(
    new Map([
      ['host', 'db.example.com'],
      ['port', '6000'],
      ['options', '-c search_path=a b'],
    ]),
  );
});

test('a service that is not there is none', () => {
  expect(parseService(file, 'missing', 'f')).toBeNull();
});

test('a line that is no parameter is refused by its number, and not repeated', () => {
  expect(() => parseService('[shop]\nhunter2', 'shop', 'f.conf')).toThrow(
    'f.conf, line 2: a service is made of lines',
  );
});
