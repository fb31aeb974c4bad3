/**
 * A worker by the rules of `packages/worker/src/hold-lease.ts` and `record-end.ts`: it works while it holds the lease,
 * which counts from when a heartbeat was sent that came through, and stops when one is refused. It may crash, be told
 * to stop, or sleep through its lease and wake up.
 */
import { ReplicatorError, type JobProgress } from '@seren-replicator/job-models';
import {
  claimJob,
  completeJob,
  confirmCancel,
  failJob,
  giveBackJob,
  recordHeartbeat,
  type JobTable,
  type Lease,
  type MoveOutcome,
} from '@seren-replicator/job-store';
import { noProgress } from '../support/no-progress.ts';
import { NetworkError, type World } from './world.ts';

const LEASE_MS = 30_000;
const HEARTBEAT_MS = 8_000;

const following: JobProgress = {
  ...noProgress,
  phase: 'sync',
  sync: { transactions: 1, rows: 1, lag_bytes: 0 },
};

type Ending = 'work' | 'cancel' | 'give back' | 'lost';

export class SimulatedWorker {
  readonly #world: World;
  readonly #lease: Lease;
  readonly #table: JobTable;
  #holdsUntilMs = -1;
  #isDead = false;
  #isFollowing = false;
  #isToldToStop = false;
  #died: () => void = () => undefined;

  constructor(world: World, lease: Lease) {
    this.#world = world;
    this.#lease = lease;
    this.#table = world.openTable(() => !this.#isDead);
  }

  /** Works as long as it may: nobody else may at the same time. */
  isHolding(jobId: string): boolean {
    return !this.#isDead && this.#lease.jobId === jobId && this.#holdsUntilMs > this.#world.scheduler.nowMs;
  }

  tellToStop(): void {
    this.#isToldToStop = true;
  }

  /** The machine is switched off, whatever it does. */
  kill(): void {
    this.#isDead = true;
    this.#died();
  }

  /** Until the process has ended. */
  run(): Promise<void> {
    const death = new Promise<void>((resolve) => (this.#died = resolve));
    return Promise.race([death, this.#live()]);
  }

  async #live(): Promise<void> {
    const { random, scheduler, happened } = this.#world;
    if (random.chance(0.05)) {
      happened.add('machine without a worker');
      await scheduler.turn(random.between(0, 400_000));
      return;
    }
    await scheduler.turn(random.between(0, random.pick([500, 60_000, 100_000])));
    if (!(await this.#claim())) return;
    await this.#end(await this.#hold());
    this.#holdsUntilMs = -1;
  }

  async #claim(): Promise<boolean> {
    const { scheduler, fleet } = this.#world;
    const sentMs = scheduler.nowMs;
    const claim = await this.#try(() =>
      claimJob(this.#table, { ...this.#lease, now: scheduler.now, leaseMs: LEASE_MS }),
    );
    if (claim?.moved !== true) return false;
    if (claim.job.attempt !== this.#lease.attempt)
      this.#world.violate('a worker has another attempt than its own');
    this.#isFollowing = claim.job.command === 'sync';
    const others = fleet.holders(this.#lease.jobId);
    this.#holdsUntilMs = sentMs + LEASE_MS;
    if (this.isHolding(this.#lease.jobId) && others.length > 0) {
      this.#world.violate(`two workers have job ${this.#lease.jobId}`);
    }
    return true;
  }

  /** Works until there is a reason not to. */
  async #hold(): Promise<Ending> {
    const { random, scheduler, happened } = this.#world;
    const doneMs = scheduler.nowMs + random.between(1_000, random.chance(0.2) ? 2_000_000 : 120_000);
    while (scheduler.nowMs < doneMs) {
      await scheduler.turn(HEARTBEAT_MS);
      if (this.#isToldToStop) return 'give back';
      if (random.chance(0.01)) return this.#crash();
      if (random.chance(0.03)) {
        happened.add('worker asleep');
        // Often for about as long as its lease lasts.
        await scheduler.turn(random.between(19_000, random.pick([22_000, 22_000, 90_000])));
      }
      const ending = await this.#beat();
      if (ending !== null) return ending;
    }
    return 'work';
  }

  async #beat(): Promise<Ending | null> {
    const { scheduler } = this.#world;
    if (scheduler.nowMs >= this.#holdsUntilMs) return 'lost';
    const sentMs = scheduler.nowMs;
    const beat = await this.#try(() =>
      recordHeartbeat(this.#table, this.#lease, {
        now: scheduler.now,
        leaseMs: LEASE_MS,
        ...(this.#isFollowing ? { progress: following } : {}),
      }),
    );
    if (beat === null) return null;
    if (!beat.moved) return 'lost';
    this.#holdsUntilMs = sentMs + LEASE_MS;
    return beat.job.cancel_requested_at === undefined ? null : 'cancel';
  }

  #crash(): Promise<never> {
    this.#world.happened.add('worker crashed');
    this.kill();
    return new Promise(() => undefined);
  }

  async #end(ending: Ending): Promise<void> {
    const { random, scheduler } = this.#world;
    const deadlineMs = scheduler.nowMs + LEASE_MS;
    const failure = new ReplicatorError('copy_failed', 'The copy failed.');
    const isGood = random.chance(0.8);
    const write = (): Promise<MoveOutcome> => {
      const { now } = scheduler;
      if (ending === 'give back') return giveBackJob(this.#table, this.#lease, { now });
      if (ending === 'cancel') return confirmCancel(this.#table, this.#lease, { now });
      if (!isGood) return failJob(this.#table, this.#lease, { now, failure });
      return completeJob(this.#table, this.#lease, { now, result: { command: 'validate', checks: [] } });
    };
    if (ending === 'lost') return;
    // Nothing of the work is left running.
    this.#holdsUntilMs = -1;
    while (scheduler.nowMs <= deadlineMs && (await this.#try(write)) === null) await scheduler.turn(1_000);
  }

  async #try(move: () => Promise<MoveOutcome>): Promise<MoveOutcome | null> {
    try {
      return await move();
    } catch (error) {
      if (error instanceof NetworkError) return null;
      throw error;
    }
  }
}
