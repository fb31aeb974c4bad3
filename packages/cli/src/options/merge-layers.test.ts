import { expect, test } from '@jest/globals';
import { mergeLayers } from './merge-layers.ts';
import type { OptionName } from './option-definitions.ts';
import { optionOfKey, readEnvironment, readFlags, type OptionLayer } from './option-sources.ts';

const flags = (values: Record<string, unknown>): OptionLayer =>
  readFlags(Object.keys(values) as OptionName[], values);

const environment = (env: Record<string, string>): OptionLayer =>
  readEnvironment(['source', 'jobs', 'json', 'local', 'remote', 'verify', 'no-verify', 'log-level'], env);

test('a flag overrides a variable, option by option', () => {
  const settings = mergeLayers([environment({ SEREN_JOBS: '3', SEREN_JSON: 'yes' }), flags({ jobs: 5 })]);
  expect(settings).toEqual({ jobs: 5, json: true });
});

test('an option overrides its opposite of a lower layer', () => {
  expect(mergeLayers([environment({ SEREN_LOCAL: '1' }), flags({ remote: true })])).toEqual({ local: false });
  expect(mergeLayers([environment({ SEREN_VERIFY: 'no' }), flags({ verify: true })])).toEqual({
    verify: true,
  });
});

test('an option and its opposite in one layer are refused', () => {
  expect(() => mergeLayers([flags({ verify: true, 'no-verify': true })])).toThrow(
    '--verify and --no-verify exclude each other.',
  );
});

test('all wrong values are named at once, and none is repeated', () => {
  const layers = [
    environment({ SEREN_JOBS: 'hunter2', SEREN_JSON: 'hunter2' }),
    flags({ 'log-level': 'hunter2' }),
  ];
  expect(() => mergeLayers(layers)).toThrow(
    'SEREN_JOBS must be a whole number above 0; SEREN_JSON must be true or false; ' +
      '--log-level must be one of error, warn, info, debug.',
  );
});

test('an empty variable counts as not set', () => {
  expect(mergeLayers([environment({ SEREN_SOURCE_URL: '', SEREN_JOBS: '' })])).toEqual({});
});

test.each([
  ['source', 'source'],
  ['source_url', 'source'],
  ['remote_api_key', 'api-key'],
  ['no-owner', 'no-owner'],
  ['No_Owner', 'no-owner'],
  ['passwort', undefined],
])('the key %s of a configuration file means %s', (key, name) => {
  expect(optionOfKey(key)).toBe(name);
});
