import {
  optionDefinitions,
  optionNames,
  type OptionDefinition,
  type OptionName,
} from './option-definitions.ts';

/** Where a layer of options comes from, lowest first. Each option of a layer overrides those of the layers below. */
export interface OptionLayer {
  /** How the user wrote the option there, for messages. */
  nameOf: (name: OptionName) => string;
  values: ReadonlyMap<OptionName, unknown>;
}

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(optionDefinitions, name);
}

export function definitionOf(name: OptionName): OptionDefinition {
  return optionDefinitions[name];
}

/** What the option is called on the command line. */
export function flagOf(name: OptionName): string {
  return definitionOf(name).flag ?? name;
}

function variableOf(name: OptionName): string {
  return definitionOf(name).variable ?? `SEREN_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The option a key of the configuration file means: the option's name or its variable's, with "-" or "_". */
export function optionOfKey(key: string): OptionName | undefined {
  const wanted = key.toUpperCase().replaceAll('-', '_');
  return optionNames.find(
    (name) => name.toUpperCase().replaceAll('-', '_') === wanted || variableOf(name) === `SEREN_${wanted}`,
  );
}

/**
 * Only variables of these options are looked at: others may belong to another command or another version. A variable
 * of an option of texts holds one a line.
 */
export function readEnvironment(
  options: readonly OptionName[],
  env: Readonly<Record<string, string | undefined>>,
): OptionLayer {
  const values = new Map<OptionName, unknown>();
  for (const name of options) {
    const value = env[variableOf(name)];
    if (value === undefined || value === '') continue;
    const lines = value.split('\n').filter((line) => line.trim() !== '');
    values.set(name, definitionOf(name).type === 'texts' ? lines : value);
  }
  return { nameOf: variableOf, values };
}

/** Options as they were given to the command. Of one that is no list, the last one counts. */
export function readFlags(given: ReadonlyMap<OptionName, readonly (string | boolean)[]>): OptionLayer {
  const values = new Map<OptionName, unknown>();
  for (const [name, all] of given) {
    const isList = ['names', 'texts'].includes(definitionOf(name).type);
    values.set(name, isList ? all : all.at(-1));
  }
  return { nameOf: (name) => `--${flagOf(name)}`, values };
}
