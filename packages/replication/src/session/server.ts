/**
 * One of the two servers of a run. It knows every session it opened: when the run is aborted it ends them on the
 * server, so that nothing of ours stays behind; when its owner is done it closes what is left.
 */
import type pg from 'pg';
import { ReplicatorError, type ConnectionUrl } from '@seren-replicator/job-models';
import type { EngineLog, ResolveHost } from '../engine.ts';
import { connectClient } from './connect-client.ts';
import { DEFAULT_TUNING, type Tuning } from '../tuning.ts';
import { applySettings, pinnedSettings, type Side } from './pinned-settings.ts';
import { endBackends } from './end-backends.ts';
import { Session } from './session.ts';
import { isConnectionError } from './translate-error.ts';
import type { SilenceDeps } from './watch-silence.ts';

/** What sessions of this tool are called, unless the URL says otherwise. */
export const APPLICATION_NAME = 'seren-replicator';
const END_DEADLINE_MS = 5_000;
const LOOK_DEADLINE_MS = 15_000;
/** Databases that a server has by default, to connect to when the wanted one may not exist yet. */
const MAINTENANCE_DATABASES = ['postgres', 'template1'];

export type SessionTuning = Pick<Tuning, 'lockTimeoutMs' | 'silenceCheckMs' | 'deadAfterMs'>;

export interface ServerInput {
  side: Side;
  url: ConnectionUrl;
  log: EngineLog;
  signal: AbortSignal;
  resolveHost?: ResolveHost | undefined;
  tuning?: SessionTuning;
}

export interface OpenOptions {
  database?: string;
  /** For questions that do not wait for each other's answers: all of them together take one round trip. No COPY. */
  isPipelined?: boolean;
  onClient?: (client: pg.Client) => void;
}

export class Server {
  readonly side: Side;
  readonly url: ConnectionUrl;
  /** The database that the URL names; libpq's default is the user's name. */
  readonly database: string;
  readonly #input: ServerInput;
  readonly #sessions: Set<Session>;
  readonly #lost: Set<number>;

  constructor(input: ServerInput, sessions = new Set<Session>(), lost = new Set<number>()) {
    this.side = input.side;
    this.url = input.url;
    this.database = input.url.database ?? input.url.user ?? 'postgres';
    this.#input = input;
    this.#sessions = sessions;
    this.#lost = lost;
  }

  /** The same server seen from another database: its sessions are this one's too. */
  forDatabase(database: string): Server {
    return new Server({ ...this.#input, url: this.url.withDatabase(database) }, this.#sessions, this.#lost);
  }

  describe(database = this.database): string {
    return `${this.side} ${this.url.withDatabase(database).toString()}`;
  }

  /** See `Tuning`. */
  get deadAfterMs(): number {
    return this.#tuning.deadAfterMs;
  }

  /** Opens a session with every setting pinned. The caller closes it. */
  async open({ database = this.database, ...options }: OpenOptions = {}): Promise<Session> {
    const { signal } = this.#input;
    signal.throwIfAborted();
    return this.#connect({ database, signal, isWatched: true, ...options });
  }

  /** Opens a connection that replicates from the database: it takes no statement with parameters. The caller closes it. */
  async openReplication(): Promise<Session> {
    const { signal } = this.#input;
    signal.throwIfAborted();
    return this.#connect({ database: this.database, signal, isWatched: true, isReplication: true });
  }

  /**
   * The same server under another signal, for what is left to do when this one's was aborted: with sessions of its own,
   * which the caller closes, and with those in mind that this one has lost.
   */
  underSignal(signal: AbortSignal): Server {
    return new Server({ ...this.#input, url: this.url, signal }, new Set(), this.#lost);
  }

  /** Opens a session on a database other than the one that may be missing or is to be replaced. */
  async openMaintenance(options: Omit<OpenOptions, 'database'> = {}): Promise<Session> {
    const others = MAINTENANCE_DATABASES.filter((database) => database !== this.database);
    return openFirst(others, (database) => this.open({ database, ...options }));
  }

  /** Opens a session for the time of `work`. */
  async withSession<Result>(
    work: (session: Session) => Promise<Result>,
    options: OpenOptions = {},
  ): Promise<Result> {
    const session = await this.open(options);
    try {
      return await work(session);
    } finally {
      await this.close(session);
    }
  }

  async close(session: Session): Promise<void> {
    await session.close();
    this.#sessions.delete(session);
    if (session.isCut) this.#lost.add(session.processId);
  }

  /** Ends on the server what lost connections may have left there: a snapshot, locks, the claim of a target. */
  async endLost(): Promise<void> {
    await this.#endLost(this.#input.signal);
  }

  /** Hands a session's socket to someone else, who closes it. The server may not notice at once. */
  release(session: Session): void {
    this.#sessions.delete(session);
    this.#lost.add(session.processId);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => this.close(session)));
  }

  /**
   * Ends every session of ours on the server, whatever it is doing, and waits until they are gone. To cancel would not
   * do: a statement that is still on its way to the server is not there yet to be cancelled. Never rejects.
   *
   * @returns whether they are gone
   */
  async endAll(): Promise<boolean> {
    for (const { processId } of this.#sessions) this.#lost.add(processId);
    let areGone = true;
    try {
      await this.#endLost(AbortSignal.timeout(END_DEADLINE_MS));
    } catch (error) {
      areGone = false;
      // The server ends them itself once it finds their connections gone.
      this.#input.log.warn({ side: this.side, error: String(error) }, 'sessions could not be ended');
    }
    await this.closeAll();
    return areGone;
  }

  async #endLost(signal: AbortSignal): Promise<void> {
    const lost = [...this.#lost];
    this.#lost.clear();
    try {
      await this.#end(lost, signal);
    } catch (error) {
      // They may be there still when the server can be reached again.
      for (const processId of lost) this.#lost.add(processId);
      throw error;
    }
  }

  async #end(processIds: readonly number[], signal: AbortSignal): Promise<void> {
    if (processIds.length === 0) return;
    // The database may be about to be made, or to be dropped.
    const session = await openFirst(new Set([this.database, ...MAINTENANCE_DATABASES]), (database) =>
      this.#connect({ database, signal }),
    );
    try {
      await endBackends(session, processIds);
    } finally {
      await this.close(session);
    }
  }

  async #connect(input: ConnectInput): Promise<Session> {
    const { database, signal, isWatched = false, ...options } = input;
    const where = this.describe(database);
    const client = await connectClient({
      url: this.url,
      database,
      applicationName: APPLICATION_NAME,
      where,
      signal,
      side: this.side,
      resolveHost: this.#input.resolveHost,
      ...options,
    });
    const processId = (client as unknown as { processID: number }).processID;
    const silence = isWatched ? this.#silenceOf(database, processId, where) : null;
    const session = new Session({ client, side: this.side, where, processId, silence, signal });
    this.#sessions.add(session);
    const settings = pinnedSettings(this.side, this.#tuning.lockTimeoutMs);
    try {
      // First and alone: a default timeout of milliseconds would end the statement that is to lift it.
      await session.execute('set its session up', 'SET statement_timeout = 0');
      await session.execute('set its session up', applySettings(settings));
    } catch (error) {
      await this.close(session);
      throw error;
    }
    return session;
  }

  get #tuning(): SessionTuning {
    return this.#input.tuning ?? DEFAULT_TUNING;
  }

  #silenceOf(database: string, processId: number, where: string): SilenceDeps {
    return {
      intervalMs: this.#tuning.silenceCheckMs,
      isWorking: () => this.#isWorking(database, processId),
      onSilence: () =>
        this.#input.log.warn({ where }, 'nothing moves and nobody works; cutting the connection'),
    };
  }

  /** A server that cannot be reached, or does not answer in time, is not at work for us; one that refuses may be. */
  async #isWorking(database: string, processId: number): Promise<boolean> {
    const signal = AbortSignal.any([this.#input.signal, AbortSignal.timeout(LOOK_DEADLINE_MS)]);
    let session: Session | undefined;
    const giveUp = () => session?.cut();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      session = await this.#connect({ database, signal });
      const rows = await session.query(
        'tell what a session is doing',
        `SELECT 1 FROM pg_catalog.pg_stat_activity
         WHERE pid = $1 AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'`,
        [processId],
      );
      return rows.length > 0;
    } catch (error) {
      return error instanceof ReplicatorError && !isConnectionError(error);
    } finally {
      signal.removeEventListener('abort', giveUp);
      if (session !== undefined) await this.close(session);
    }
  }
}

/** @throws the first database's refusal when none can be opened */
async function openFirst(
  databases: Iterable<string>,
  open: (database: string) => Promise<Session>,
): Promise<Session> {
  let refusal: unknown;
  for (const database of databases) {
    try {
      return await open(database);
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

interface ConnectInput extends OpenOptions {
  database: string;
  signal: AbortSignal;
  isWatched?: boolean;
  isReplication?: boolean;
}

export interface Servers {
  source: Server;
  target: Server;
}
