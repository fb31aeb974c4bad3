import { ReplicatorError } from '@seren-replicator/job-models';
import type { Lend, LentConnection } from './lent-connection.ts';

export interface LendInput {
  lend: Lend;
  signal: AbortSignal;
}

/**
 * A lent connection for the time of `work`, which is given up when the signal is aborted.
 *
 * @throws ReplicatorError `cancelled`
 */
export async function withLentConnection<Result>(
  { lend, signal }: LendInput,
  work: (connection: LentConnection) => Promise<Result>,
): Promise<Result> {
  throwIfCancelled(signal);
  const connection = await lend(signal);
  // Its end shows in what is read from it; without a listener it would end the process.
  connection.on('error', () => undefined);
  const giveUp = (): void => void connection.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    throwIfCancelled(signal); // while the connection was opened
    return await work(connection);
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
    connection.destroy();
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new ReplicatorError('cancelled', 'The run was cancelled; start it again with the same arguments.', {
    cause: signal.reason,
  });
}
