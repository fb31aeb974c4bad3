import { inspect } from 'node:util';
import type { EngineLog } from '@seren-replicator/replication';
import { escapeControlCharacters } from './escape-control-characters.ts';
import type { Output } from './output.ts';

const levels = ['error', 'warn', 'info', 'debug'] as const;
type Level = (typeof levels)[number];

/** The engine's log as lines on standard error: `warn table has no primary key table=public.t`. */
export function createEngineLog(output: Output, level: Level): EngineLog {
  const at =
    (lineLevel: Level) =>
    (fields: object, message: string): void => {
      if (levels.indexOf(lineLevel) > levels.indexOf(level)) return;
      const pairs = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
      output.log(lineLevel, escapeControlCharacters([message, ...pairs].join(' ')));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn') };
}

function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { breakLength: Infinity });
}
