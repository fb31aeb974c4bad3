import { inspect } from 'node:util';
import type { JobLogEvent } from '@seren-replicator/job-models';
import { escapeControlCharacters } from './escape-control-characters.ts';
import type { Colors } from './output.ts';

/** `2026-11-20T10:00:00.000Z warn table has no primary key table=public.t`, on one line whatever it holds. */
export function formatLogEvent(colors: Colors, { at, level, message, ...fields }: JobLogEvent): string {
  const paint = { error: colors.red, fatal: colors.red, warn: colors.yellow }[level] ?? colors.dim;
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
  const text = [message, ...pairs].join(' ');
  return `${colors.dim(escapeControlCharacters(at))} ${paint(escapeControlCharacters(level))} ${escapeControlCharacters(text)}`;
}

function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { breakLength: Infinity, depth: 4 });
}
