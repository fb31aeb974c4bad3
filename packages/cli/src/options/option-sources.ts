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

export function definitionOf(name: OptionName): OptionDefinition {
  return optionDefinitions[name];
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

/** Only variables of these options are looked at: others may belong to another command or another version. */
export function readEnvironment(
  options: readonly OptionName[],
  env: Readonly<Record<string, string | undefined>>,
): OptionLayer {
  const values = new Map<OptionName, unknown>();
  for (const name of options) {
    const value = env[variableOf(name)];
    if (value !== undefined && value !== '') values.set(name, value);
  }
  return { nameOf: variableOf, values };
}

/** Options given as flags. Those that yargs lists without a value were not given. */
export function readFlags(
  options: readonly OptionName[],
  flags: Readonly<Record<string, unknown>>,
): OptionLayer {
  const values = new Map<OptionName, unknown>();
  for (const name of options) {
    if (flags[name] !== undefined) values.set(name, flags[name]);
  }
  return { nameOf: (name) => `--${name}`, values };
}
