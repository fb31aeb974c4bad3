/**
 * The variables of a program: those of a file `.env` beside it, then those of its environment, then, for what is still
 * missing, parameters of Parameter Store below `SEREN_PARAMETERS_PATH`. Without that variable nobody is asked.
 *
 * Only variables that the program reads are taken from parameters: whoever may write one there must not get to set
 * `NODE_OPTIONS`.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import { readEnvFile } from './read-env-file.ts';
import type { ReadParameters } from './read-parameters.ts';

export interface VariableSources {
  /** Where the program lies. */
  directory: string;
  environment: NodeJS.ProcessEnv;
  /** What the program reads. */
  names: readonly string[];
  /** Parameter Store; left out by a program that is told everything, and is better off without another client. */
  readParameters?: ReadParameters;
}

/** @throws ReplicatorError `invalid_config` when a file or Parameter Store is there and cannot be read */
export async function loadVariables(sources: VariableSources): Promise<NodeJS.ProcessEnv> {
  const { directory, environment, names, readParameters } = sources;
  const known = { ...environment, ...(await readEnvFile(directory)) };
  const path = known['SEREN_PARAMETERS_PATH'];
  const missing = names.filter((name) => known[name] === undefined);
  if (readParameters === undefined || path === undefined || missing.length === 0) return known;
  const parameters = await askParameterStore(readParameters, path);
  for (const name of missing) {
    const value = parameters.get(name);
    if (value !== undefined) known[name] = value;
  }
  return known;
}

async function askParameterStore(read: ReadParameters, path: string): Promise<ReadonlyMap<string, string>> {
  try {
    return await read(path);
  } catch (error) {
    throw new ReplicatorError(
      'invalid_config',
      `Parameter Store does not tell the parameters below ${path}; the role must be allowed ssm:GetParametersByPath there.`,
      { cause: error },
    );
  }
}
