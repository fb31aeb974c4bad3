/** The variables of the API's function. Infrastructure sets those without a default. */
import { reachVariables } from '@seren-replicator/reach';
import * as z from 'zod';
import { nameVariable, sharedVariables } from './shared-variables.ts';

/** More than anybody runs, and few enough that one who is careless does not fill the fleet's queue for days. */
const DEFAULT_MAX_JOBS_PER_KEY = 100;

export const apiEnvironmentSchema = z.object({
  ...sharedVariables,
  /** Of KMS: an id, an ARN or `alias/…`. */
  SEREN_DATA_KEY: nameVariable,
  /** Of SSM; the name of a parameter below it is the name of a key. */
  SEREN_API_KEYS_PATH: z.string().regex(/^\/[\w./-]*\w$/),
  SEREN_WORKER_LOG_GROUP: nameVariable,
  ...reachVariables,
  SEREN_MAX_JOBS_PER_KEY: z.coerce.number().int().min(1).max(1_000).default(DEFAULT_MAX_JOBS_PER_KEY),
});
