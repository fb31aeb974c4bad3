/**
 * What workers' machines are. Types are chosen in `packages/job-models/src/choose-machine.ts` and
 * `packages/coordinator/src/aws/machine-choices.ts`; a test starts every choice against the policy made from this.
 */
export const workerFamilies: readonly string[] = ['m7i', 'm7a', 'm6i', 'm6a'];

export const WORKER_ARCHITECTURE = 'x86_64';

/** Of a machine for which nobody says otherwise. */
export const DEFAULT_WORKER_TYPE = 'm7i.large';
