/** Both servers of a run, from its beginning to the end of their last session. */
import { ReplicatorError, type ConnectionUrl } from '@seren-replicator/job-models';
import type { EngineLog, ResolveHost } from '../engine.ts';
import { Server, type Servers, type SessionTuning } from './server.ts';

export interface ServersInput {
  sourceUrl: ConnectionUrl;
  targetUrl: ConnectionUrl;
  log: EngineLog;
  signal: AbortSignal;
  resolveHost?: ResolveHost | undefined;
  tuning?: SessionTuning;
}

/**
 * Both servers for the time of `work`. When the signal is aborted, their sessions are ended there first, and the call
 * rejects only after that.
 *
 * @throws ReplicatorError `cancelled` when the signal was aborted, or `cutover_unfinished` when that has left something
 */
export async function withServers<Result>(
  { sourceUrl, targetUrl, ...shared }: ServersInput,
  work: (servers: Servers) => Promise<Result>,
): Promise<Result> {
  const servers = {
    source: new Server({ side: 'source', url: sourceUrl, ...shared }),
    target: new Server({ side: 'target', url: targetUrl, ...shared }),
  };
  const { signal } = shared;
  let cancelling: Promise<unknown> = Promise.resolve();
  const onAbort = () => {
    cancelling = Promise.all([servers.source.endAll(), servers.target.endAll()]);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(servers);
  } catch (error) {
    if (!signal.aborted || tellsOfCancel(error)) throw error;
    throw new ReplicatorError('cancelled', 'The run was cancelled; start it again with the same arguments.', {
      cause: error,
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    await cancelling;
    await Promise.all([servers.source.closeAll(), servers.target.closeAll()]);
  }
}

function tellsOfCancel(error: unknown): boolean {
  return error instanceof ReplicatorError && ['cancelled', 'cutover_unfinished'].includes(error.code);
}

/** For tidying up on two servers; what cannot be reached by then has to be told instead. */
const RESPITE_MS = 30_000;

/**
 * Both servers once more, for what has to be taken back although the run was cancelled: with sessions of their own and
 * a deadline, which ends them.
 *
 * @param work gets the signal that is aborted then
 */
export async function withRespite<Result>(
  servers: Servers,
  work: (servers: Servers, signal: AbortSignal) => Promise<Result>,
  respiteMs = RESPITE_MS,
): Promise<Result> {
  const signal = AbortSignal.timeout(respiteMs);
  const again = { source: servers.source.underSignal(signal), target: servers.target.underSignal(signal) };
  const cut = () => void Promise.all([again.source.closeAll(), again.target.closeAll()]);
  signal.addEventListener('abort', cut, { once: true });
  try {
    return await work(again, signal);
  } finally {
    signal.removeEventListener('abort', cut);
    await Promise.all([again.source.closeAll(), again.target.closeAll()]);
  }
}
