import { spawnSync } from 'node:child_process';

const DEADLINE_MS = 10_000;

/**
 * Runs the command that ends the machine, words with spaces between them and no shell, where one is configured: an
 * instance that shuts itself down is terminated. It must not fail the worker, which has nobody to tell; systemd powers
 * the machine off as well (`packages/worker/seren-replicator-worker.service`), and the reconciler ends what is left.
 */
export function shutMachineDown(environment: NodeJS.ProcessEnv): void {
  const [program, ...words] = (environment['SEREN_SHUTDOWN_COMMAND'] ?? '').split(' ').filter(Boolean);
  if (program === undefined) return;
  spawnSync(program, words, { stdio: 'ignore', timeout: DEADLINE_MS, env: { PATH: environment['PATH'] } });
}
