import { ReplicatorError } from '@seren-replicator/job-models';
import { booleanWords } from './boolean-words.ts';
import type { OptionName } from './option-definitions.ts';
import { definitionOf, type OptionLayer } from './option-sources.ts';
import { readBytes } from './read-bytes.ts';
import { readSeconds } from './read-seconds.ts';
import { splitOutsideQuotes } from './split-outside-quotes.ts';
import type { Settings } from './settings.ts';

/**
 * Reads the layers' values by their options' types and lays them over each other, the last on top. Opposites become
 * one setting, so that `--remote` overrides `local = true` of a file.
 *
 * @throws ReplicatorError `invalid_request` that names every wrong value, and repeats none: it may be a password.
 */
export function mergeLayers(layers: readonly OptionLayer[]): Settings {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const layer of layers) Object.assign(settings, readLayer(layer, problems));
  if (problems.length > 0) throw new ReplicatorError('invalid_request', `${problems.join('; ')}.`);
  return settings;
}

function readLayer(layer: OptionLayer, problems: string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  const givenAs = new Map<string, string>();
  for (const [name, raw] of layer.values) {
    const written = layer.nameOf(name);
    const value = readValue(name, raw);
    if (value === undefined) {
      problems.push(`${written} must be ${describeValues(name)}`);
      continue;
    }
    const { negates } = definitionOf(name);
    const setting = negates ?? name;
    const meaning = negates === undefined ? value : value !== true;
    const other = givenAs.get(setting);
    if (other !== undefined && settings[setting] !== meaning) {
      problems.push(`${other} and ${written} exclude each other`);
    }
    settings[setting] = meaning;
    givenAs.set(setting, written);
  }
  return settings;
}

function readValue(name: OptionName, raw: unknown): unknown {
  const { type, choices } = definitionOf(name);
  if (type === 'boolean') return booleanWords.get(typeof raw === 'string' ? raw.toLowerCase() : raw);
  if (type === 'number') {
    const number = typeof raw === 'string' && /^\d{1,15}$/.test(raw) ? Number(raw) : raw;
    return typeof number === 'number' && Number.isInteger(number) && number > 0 ? number : undefined;
  }
  if (type === 'bytes') return readBytes(String(raw));
  if (type === 'seconds') return readSeconds(String(raw));
  if (type === 'names' || type === 'texts') return readList(type, raw);
  if (typeof raw !== 'string' || raw === '') return undefined;
  return choices === undefined || choices.includes(raw) ? raw : undefined;
}

/** One text or several; undefined when any of them, or of the names in them, is none. */
function readList(type: 'names' | 'texts', raw: unknown): string[] | undefined {
  const texts: string[] = [];
  for (const text of [raw].flat()) {
    if (typeof text !== 'string') return undefined;
    texts.push(...(type === 'names' ? splitOutsideQuotes(text, ',') : [text]).map((part) => part.trim()));
  }
  return texts.includes('') ? undefined : texts;
}

function describeValues(name: OptionName): string {
  const { type, choices } = definitionOf(name);
  if (choices !== undefined) return `one of ${choices.join(', ')}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'bytes') return 'a size such as 50MB or 1GiB';
  if (type === 'seconds') return 'a time such as 10s, 500ms or 2m';
  if (type === 'names') return 'names with commas between them';
  return type === 'number' ? 'a whole number above 0' : 'a text that is not empty';
}
