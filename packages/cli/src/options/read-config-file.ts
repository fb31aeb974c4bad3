import { open } from 'node:fs/promises';
import { platform } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { ReplicatorError } from '@seren-replicator/job-models';
import { parse, TomlError } from 'smol-toml';
import type { OptionName } from './option-definitions.ts';
import { optionOfKey, type OptionLayer } from './option-sources.ts';

export interface ConfigFileInput {
  /** As the user named it; undefined for the file at its usual place, which need not be there. */
  path: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  homeDirectory: string;
}

/** Bits of a file's mode that let others than its owner at it. */
const OPEN_TO_OTHERS = 0o077;

const emptyLayer: OptionLayer = { nameOf: (name) => name, values: new Map() };

/**
 * The options that the configuration file sets.
 *
 * @throws ReplicatorError `invalid_config` when it cannot be read, has an unknown option, or shows a secret to others.
 */
export async function readConfigFile(input: ConfigFileInput): Promise<OptionLayer> {
  const path = input.path ?? usualPath(input);
  const file = await readTextAndMode(path, input.path !== undefined);
  if (file === null) return emptyLayer;
  const values = readOptions(parseToml(file.text, path), path);
  if ((file.mode & OPEN_TO_OTHERS) !== 0 && platform() !== 'win32' && [...values].some(isSecret)) {
    throw invalidConfig(`${path} holds a key or a password and others can read it; run: chmod 600 ${path}`);
  }
  return { nameOf: (name) => `"${name}" in ${path}`, values };
}

/** A relative `XDG_CONFIG_HOME` counts as not set, as its specification asks for. */
function usualPath({ env, homeDirectory }: ConfigFileInput): string {
  const configHome = env['XDG_CONFIG_HOME'] ?? '';
  return join(
    isAbsolute(configHome) ? configHome : join(homeDirectory, '.config'),
    'seren-replicator',
    'config.toml',
  );
}

/** Both from one open file, so that the mode is that of what was read. */
async function readTextAndMode(
  path: string,
  isRequired: boolean,
): Promise<{ text: string; mode: number } | null> {
  try {
    await using file = await open(path, 'r');
    const { mode } = await file.stat();
    return { text: await file.readFile('utf8'), mode };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (!isRequired && (code === 'ENOENT' || code === 'ENOTDIR')) return null;
    throw invalidConfig(`The configuration file ${path} cannot be read (${code})`, error);
  }
}

/** The parser's own message quotes the line, which may hold a password: only its place is told. */
function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw invalidConfig(`${path} is not valid TOML at line ${error.line}, column ${error.column}`, error);
  }
}

function readOptions(document: Record<string, unknown>, path: string): Map<OptionName, unknown> {
  const values = new Map<OptionName, unknown>();
  const problems: string[] = [];
  for (const [key, value] of Object.entries(document)) {
    const name = optionOfKey(key);
    if (name === undefined || name === 'config') problems.push(`"${key}" is not an option`);
    else if (values.has(name)) problems.push(`"${key}" is given twice`);
    else values.set(name, value);
  }
  if (problems.length > 0) throw invalidConfig(`${path}: ${problems.join('; ')}`);
  return values;
}

function isSecret([name, value]: readonly [OptionName, unknown]): boolean {
  if (name === 'api-key') return true;
  // Read generously: a URL that is malformed may still show a password.
  return typeof value === 'string' && /:\/\/[^/]*:.*@|password=/s.test(value);
}

function invalidConfig(what: string, cause?: unknown): ReplicatorError {
  return new ReplicatorError('invalid_config', `${what}.`, { cause });
}
