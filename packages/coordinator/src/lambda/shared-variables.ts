import * as z from 'zod';

export const nameVariable = z.string().min(1);

/** Of both functions. */
export const sharedVariables = {
  SEREN_JOB_TABLE: nameVariable,
  /** The dimension `service` of metrics, and the service of logs and traces. */
  POWERTOOLS_SERVICE_NAME: nameVariable.default('seren-replication'),
};
