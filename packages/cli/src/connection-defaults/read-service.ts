import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReplicatorError } from '@seren-replicator/job-models';

export interface ServiceInput {
  name: string;
  env: Readonly<Record<string, string | undefined>>;
  homeDirectory: string;
}

/**
 * The connection parameters of a service: from the user's file, or else from the system's.
 *
 * https://www.postgresql.org/docs/current/libpq-pgservice.html
 *
 * @throws ReplicatorError `invalid_config` when no file has the service, or one cannot be read.
 */
export async function readService(input: ServiceInput): Promise<Map<string, string>> {
  const { name, env, homeDirectory } = input;
  const userFile = env['PGSERVICEFILE'] ?? join(homeDirectory, '.pg_service.conf');
  const systemDirectory = env['PGSYSCONFDIR'];
  const files = [
    userFile,
    ...(systemDirectory === undefined ? [] : [join(systemDirectory, 'pg_service.conf')]),
  ];
  for (const file of files) {
    const text = await readIfPresent(file);
    const parameters = text === null ? null : parseService(text, name, file);
    if (parameters !== null) return parameters;
  }
  throw new ReplicatorError(
    'invalid_config',
    `The connection service "${name}" is defined in none of: ${files.join(', ')}.`,
  );
}

async function readIfPresent(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new ReplicatorError('invalid_config', `The service file ${file} cannot be read.`, { cause: error });
  }
}

/** One `[name]` section of `parameter=value` lines; the first section of that name counts, as for libpq. */
export function parseService(text: string, name: string, file: string): Map<string, string> | null {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const start = lines.indexOf(`[${name}]`);
  if (start === -1) return null;
  const parameters = new Map<string, string>();
  for (const [index, line] of lines.slice(start + 1).entries()) {
    if (line.startsWith('[')) break;
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    if (equals < 1) {
      throw new ReplicatorError(
        'invalid_config',
        `${file}, line ${start + index + 2}: a service is made of lines like host=db.example.com.`,
      );
    }
    parameters.set(line.slice(0, equals), line.slice(equals + 1));
  }
  return parameters;
}
