import { describe, expect, test } from '@jest/globals';
import { mergeLayers } from './merge-layers.ts';
import { optionNames, type OptionName } from './option-definitions.ts';
import { optionOfKey, readEnvironment, readFlags, type OptionLayer } from './option-sources.ts';

const flags = (values: Record<string, unknown>): OptionLayer =>
  readFlags(
    new Map(Object.entries(values).map(([name, value]) => [name as OptionName, [value].flat() as string[]])),
  );

const environment = (env: Record<string, string>): OptionLayer => readEnvironment(optionNames, env);

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

test('one name on the command line may be two options, each with its own variable', () => {
  const env = { SEREN_VERIFY: 'no', SEREN_CUTOVER_VERIFY: 'counts' };
  expect(mergeLayers([environment(env)])).toEqual({ verify: false, 'cutover-verify': 'counts' });
  expect(() => mergeLayers([flags({ 'cutover-verify': 'x' })])).toThrow(
    '--verify must be one of full, counts, none.',
  );
});

test('a time is read in seconds, also from a number of the file', () => {
  const file = { nameOf: String, values: new Map([['max-lag', 10]] as const) };
  expect(mergeLayers([file])).toEqual({ 'max-lag': 10 });
  expect(mergeLayers([file, flags({ 'max-lag': '500ms' })])).toEqual({ 'max-lag': 0.5 });
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

describe('names', () => {
  test('have commas between them, in an option that may be repeated', () => {
    const settings = mergeLayers([
      flags({ 'include-tables': ['a, public.b', 'c'], 'exclude-databases': 'd' }),
    ]);
    expect(settings).toEqual({ 'include-tables': ['a', 'public.b', 'c'], 'exclude-databases': ['d'] });
  });

  test('keep a comma inside of double quotes, and the quotes', () => {
    const settings = mergeLayers([environment({ SEREN_EXCLUDE_TABLES: 'public."a, ""b""",c' })]);
    expect(settings).toEqual({ 'exclude-tables': ['public."a, ""b"""', 'c'] });
  });

  test('of a file may be an array, which another layer replaces as a whole', () => {
    const file = { nameOf: String, values: new Map([['include-tables', ['a', 'b,c']] as const]) };
    expect(mergeLayers([file])).toEqual({ 'include-tables': ['a', 'b', 'c'] });
    expect(mergeLayers([file, flags({ 'include-tables': 'd' })])).toEqual({ 'include-tables': ['d'] });
  });

  test.each([['a,'], [','], [''], [['a', 5]]])('are not %j', (value) => {
    expect(() => mergeLayers([flags({ 'include-tables': value })])).toThrow(
      '--include-tables must be names with commas between them.',
    );
  });
});

test('texts keep their commas, and a variable holds one a line', () => {
  const predicates = ['t:a IN (1, 2)', 'u:b'];
  expect(mergeLayers([flags({ 'table-filter': predicates })])).toEqual({ 'table-filter': predicates });
  const env = { SEREN_TABLE_FILTER: `${predicates.join('\n')}\n` };
  expect(mergeLayers([environment(env)])).toEqual({ 'table-filter': predicates });
});

test('of an option that is no list, the last one counts', () => {
  expect(mergeLayers([flags({ jobs: ['1', '2'] })])).toEqual({ jobs: 2 });
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
