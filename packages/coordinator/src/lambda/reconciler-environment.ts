/** The variables of the reconciler's function. Infrastructure sets those without a default. */
import * as z from 'zod';
import { DEFAULT_RECONCILER_LIMITS } from '../reconciler/reconciler-limits.ts';
import { nameVariable, sharedVariables } from './shared-variables.ts';

export const reconcilerEnvironmentSchema = z.object({
  ...sharedVariables,
  SEREN_LAUNCH_TEMPLATE: nameVariable,
  /** With commas between them, one for each zone. */
  SEREN_SUBNET_IDS: z
    .string()
    .regex(/^subnet-\w+(,subnet-\w+)*$/)
    .transform((ids) => ids.split(',')),
  SEREN_MANAGED_BY: nameVariable,
  SEREN_MAX_WORKERS: z.coerce.number().int().min(1).max(1_000).default(DEFAULT_RECONCILER_LIMITS.maxWorkers),
});
