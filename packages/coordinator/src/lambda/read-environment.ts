import { ReplicatorError } from '@seren-replicator/job-models';
import { loadVariables, type VariableSources } from '@seren-replicator/runtime-config';
import type * as z from 'zod';

/**
 * The variables of the schema, all of them at once: from a file `.env` beside the program, from its environment, and
 * from Parameter Store what is still missing.
 *
 * @throws ReplicatorError `invalid_config` with every variable that is wrong, and none of their values
 */
export async function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
  sources: Pick<VariableSources, 'directory' | 'readParameters'>,
): Promise<Readonly<z.infer<Schema>>> {
  const names = Object.keys(schema.shape);
  const parsed = schema.safeParse(await loadVariables({ ...sources, environment, names }));
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`);
  throw new ReplicatorError(
    'invalid_config',
    `The function's environment is not valid: ${problems.join(', ')}.`,
  );
}
