import { ReplicatorError } from '@seren-replicator/job-models';
import type { z } from 'zod';

/**
 * The variables of the schema, all of them at once.
 *
 * @throws ReplicatorError `invalid_config` with every variable that is wrong, and none of their values
 */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): Readonly<z.infer<Schema>> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`);
  throw new ReplicatorError(
    'invalid_config',
    `The function's environment is not valid: ${problems.join(', ')}.`,
  );
}
