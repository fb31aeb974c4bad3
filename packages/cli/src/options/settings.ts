import type { OptionDefinition, optionDefinitions, OptionName } from './option-definitions.ts';

type Definitions = typeof optionDefinitions;

type ValueOf<Definition extends OptionDefinition> = Definition extends { choices: readonly (infer Choice)[] }
  ? Choice
  : Definition['type'] extends 'boolean'
    ? boolean
    : Definition['type'] extends 'number' | 'bytes' | 'seconds'
      ? number
      : Definition['type'] extends 'names' | 'texts'
        ? string[]
        : string;

type Affirmative = {
  [Name in OptionName]: Definitions[Name] extends { negates: string } ? never : Name;
}[OptionName];

/** What the user asked for, by option name; absent where nobody said anything. Opposites are folded into one. */
export type Settings = { readonly [Name in Affirmative]?: ValueOf<Definitions[Name]> };
