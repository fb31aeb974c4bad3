import { fork } from 'node:child_process';
import { SupervisorClient } from './supervisor-client.ts';
import type { Account } from './supervisor-protocol.ts';

/**
 * Forks `supervisor.ts`, with a temporary directory `<name>-…` for its server. It leads a session of its own, so that
 * Ctrl-C in a terminal reaches only this process, which then stops its servers in order. It does not keep this process
 * alive: a caller that forgets to close still exits, and what it started ends with it.
 */
export async function startSupervisor(name: string, account?: Account): Promise<SupervisorClient> {
  const child = fork(new URL('./supervisor.ts', import.meta.url), {
    detached: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const supervisor = new SupervisorClient(child);
  try {
    await supervisor.makeDirectory(name, account);
  } catch (error) {
    await supervisor.close();
    throw error;
  }
  return supervisor;
}
