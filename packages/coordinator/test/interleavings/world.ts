/**
 * Some jobs, an API, two reconcilers and their workers, on a table and a network that lose, repeat and delay. What must
 * never be is checked at each write and each claim; what must be in the end, at the end.
 */
import { isFinalState } from '@seren-replicator/job-models';
import { storableSpecificationSchema } from '@seren-replicator/job-models';
import { createJob, requestCancel, type JobTable } from '@seren-replicator/job-store';
import { noMetrics, reconcile, type Log, type ReconcilerLimits } from '../../src/index.ts';
import { memoryJobTable, type Carry } from './memory-client.ts';
import { MemoryTable, type Item, type TableCommand } from './memory-table.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { SimulatedFleet } from './simulated-fleet.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const JOBS = 3;
const RECONCILERS = 2;
/** Long after the longest that a job may take: three attempts that do not start, and the limit of the job itself. */
const END_MS = 6 * HOUR;

const limits: ReconcilerLimits = {
  maxWorkers: 2,
  maxLostAttempts: 3,
  steadyAttemptMs: 120 * SECOND,
  startDeadlineMs: 50 * SECOND,
  cancelGraceMs: 20 * SECOND,
  exitGraceMs: 10 * SECOND,
};

const silent: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** What a network does to a request. */
export class NetworkError extends Error {
  override readonly name = 'TimeoutError';
}

const everyMove: Readonly<Record<string, readonly string[]>> = {
  provisioning: ['provisioning', 'running', 'failed', 'cancelled'],
  running: ['running', 'provisioning', 'completed', 'failed', 'cancelled'],
};

export class World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly fleet: SimulatedFleet;
  readonly violations: string[] = [];
  /** How often each job came to an end. */
  readonly ends = new Map<string, number>();
  /** What happened, to tell worlds apart and to show when one went wrong. */
  readonly happened = new Set<string>();
  readonly #table = new MemoryTable();
  readonly #jobIds: string[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
    this.scheduler = new Scheduler(this.random);
    this.fleet = new SimulatedFleet(this);
    this.#table.onWrite = (before, after) => this.#checkWrite(before, after);
    this.#table.isHidden = () => this.random.chance(0.2);
  }

  async play(): Promise<void> {
    for (let index = 0; index < JOBS; index += 1) {
      const jobId = `job-${index}`;
      this.#jobIds.push(jobId);
      this.scheduler.run(() => this.#submit(jobId));
    }
    for (let index = 0; index < RECONCILERS; index += 1) this.scheduler.run(() => this.#reconcile());
    await this.scheduler.play(END_MS);
    this.#checkEnd();
  }

  /** A way to the table for one actor; `isAlive` false: its process has ended, and nothing comes back to it. */
  openTable(isAlive: () => boolean = () => true): JobTable {
    const carry: Carry = async (command) => {
      await this.scheduler.turn(this.random.between(0, this.random.pick([100, 300, 3 * SECOND])));
      const fate = this.random.next();
      if (fate < 0.03) {
        this.happened.add('lost request');
        throw new NetworkError();
      }
      if (fate < 0.06) this.#deliverLater(command);
      const answer = this.#table.send(command);
      if (fate > 0.94) {
        // The client repeats what got no answer.
        await this.scheduler.turn(this.random.between(0, 5 * SECOND));
        this.happened.add('repeated request');
        return this.#table.send(command);
      }
      if (fate > 0.91) {
        this.happened.add('lost answer');
        throw new NetworkError();
      }
      return answer;
    };
    return memoryJobTable(async (command) => {
      if (!isAlive()) await this.#never();
      try {
        return await carry(command);
      } finally {
        if (!isAlive()) await this.#never();
      }
    });
  }

  violate(what: string): void {
    this.violations.push(`${this.scheduler.nowMs} ms: ${what}`);
  }

  isOver(): boolean {
    const ended = this.#jobIds.every((jobId) => isFinalState(this.#statusOf(jobId) ?? 'provisioning'));
    return ended && this.fleet.isEmpty();
  }

  /** The same request once more, when it has been forgotten. */
  #deliverLater(command: TableCommand): void {
    if (!/Update|Put/.test(command.name)) return;
    this.scheduler.run(async () => {
      await this.scheduler.turn(this.random.between(SECOND, 90 * SECOND));
      this.happened.add('late duplicate');
      try {
        this.#table.send(command);
      } catch {
        // Nobody listens any more.
      }
    });
  }

  /** What has ended waits for ever, and holds up nobody. */
  #never(): Promise<never> {
    return new Promise(() => undefined);
  }

  async #submit(jobId: string): Promise<void> {
    const { random, scheduler } = this;
    await scheduler.turn(random.between(0, 60 * SECOND));
    const table = this.openTable();
    const specification = storableSpecificationSchema.parse({
      schema_version: '1.0',
      ...(random.chance(0.3)
        ? { command: 'sync' }
        : { command: 'validate', options: { job_timeout_seconds: random.pick([60, 600, 3_600]) } }),
    });
    await this.#persist(() =>
      createJob(table, {
        job_id: jobId,
        owner: 'alice',
        source: 's',
        target: 't',
        sealed_source_url: 's',
        sealed_target_url: 't',
        specification,
        now: scheduler.now,
      }),
    );
    if (!random.chance(0.3)) return;
    await scheduler.turn(random.between(0, 300 * SECOND));
    this.happened.add('cancel');
    await this.#persist(() => requestCancel(table, { jobId, owner: 'alice', now: scheduler.now }));
  }

  async #persist(work: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        await this.scheduler.turn(SECOND);
      }
    }
  }

  async #reconcile(): Promise<void> {
    const { random, scheduler, fleet } = this;
    const table = this.openTable();
    while (!this.isOver() && scheduler.nowMs < END_MS) {
      await scheduler.turn(random.between(0, random.pick([2, 20]) * SECOND));
      try {
        // Its clock stands still during a pass, which may take long.
        await reconcile({ table, fleet, limits, log: silent, metrics: noMetrics }, scheduler.now);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
      }
    }
  }

  #checkWrite(before: Item | undefined, after: Item): void {
    const [jobId, from, to] = [after['job_id']?.S ?? '', before?.['status']?.S, after['status']?.S ?? ''];
    if (from === undefined) return;
    if (!(everyMove[from] ?? []).includes(to)) this.violate(`job ${jobId} was written from ${from} to ${to}`);
    if (Number(after['attempt']?.N) < Number(before?.['attempt']?.N))
      this.violate(`job ${jobId} lost an attempt`);
    if (isFinalState(to)) {
      this.ends.set(jobId, (this.ends.get(jobId) ?? 0) + 1);
      this.happened.add(to === 'failed' ? `failed: ${after['error_code']?.S}` : to);
    }
    if (from === 'running' && to === 'provisioning') this.happened.add('next attempt');
    if (before !== undefined && from === 'running') this.#checkLoss(before, after);
  }

  /** A follower that had its job for long is never given up for the loss of its worker. */
  #checkLoss(before: Item, after: Item): void {
    const heldMs = timeOf(before, 'lease_expires_at') - timeOf(before, 'claimed_at');
    if (before['progress']?.M?.['sync'] === undefined || heldMs < limits.steadyAttemptMs) return;
    if (after['error_code']?.S === 'worker_lost') this.violate('a steady follower was given up');
    if (Number(after['attempt']?.N) === Number(before['attempt']?.N)) return;
    if (Number(before['lost_attempts']?.N) > 1) this.happened.add('losses forgotten');
    if (Number(after['lost_attempts']?.N) > Number(before['lost_attempts']?.N) + 1)
      this.violate('a loss was counted twice');
  }

  #checkEnd(): void {
    for (const jobId of this.#jobIds) {
      const status = this.#statusOf(jobId);
      if (status === undefined || !isFinalState(status)) this.violate(`job ${jobId} is ${status} in the end`);
      if (this.ends.get(jobId) !== 1) this.violate(`job ${jobId} ended ${this.ends.get(jobId) ?? 0} times`);
    }
    if (!this.fleet.isEmpty()) this.violate('a machine is left');
  }

  #statusOf(jobId: string): string | undefined {
    return this.#table.items.get(jobId)?.['status']?.S;
  }
}

function timeOf(item: Item, attribute: string): number {
  return Date.parse(item[attribute]?.S ?? '');
}
