import type { WorkerFleet, WorkerMachine, WorkOrder } from '../../src/index.ts';
import { SimulatedWorker } from './simulated-worker.ts';
import { NetworkError, type World } from './world.ts';

interface Machine extends WorkerMachine {
  worker: SimulatedWorker;
}

/**
 * Machines that take their time to boot, or never do; that are listed late; of which there are sometimes two for one
 * attempt. A stop is an order: a machine may need a while, and its worker may hear of it or not.
 */
export class SimulatedFleet implements WorkerFleet {
  readonly #world: World;
  readonly #machines: Machine[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async start({ jobId, attempt }: WorkOrder): Promise<void> {
    await this.#travel();
    const { random, scheduler, happened } = this.#world;
    if (random.chance(0.1)) throw new NetworkError();
    const known = this.#machines.filter((machine) => machine.jobId === jobId && machine.attempt === attempt);
    if (known.length > 1 || (known.length === 1 && !random.chance(0.2))) return;
    if (known.length === 1) happened.add('two machines for one attempt');
    const machineId = `${jobId}@${attempt}-${known.length}`;
    const worker = new SimulatedWorker(this.#world, { jobId, attempt, workerId: machineId });
    const machine: Machine = { machineId, jobId, attempt, state: 'alive', worker };
    this.#machines.push(machine);
    scheduler.run(async () => {
      await worker.run();
      machine.state = 'gone';
    });
    if (random.chance(0.05)) throw new NetworkError();
  }

  async list(): Promise<WorkerMachine[]> {
    await this.#travel();
    const { random } = this.#world;
    return this.#machines
      .filter(() => !random.chance(0.05))
      .map(({ machineId, jobId, attempt, state }) => ({ machineId, jobId, attempt, state }));
  }

  async stop(machineId: string): Promise<void> {
    await this.#travel();
    const { random } = this.#world;
    if (random.chance(0.05)) throw new NetworkError();
    const machine = this.#machines.find((each) => each.machineId === machineId);
    if (machine === undefined) return;
    if (random.chance(0.5)) machine.worker.tellToStop();
    else machine.worker.kill();
  }

  isEmpty(): boolean {
    return this.#machines.every(({ state }) => state === 'gone');
  }

  /** Workers of a job that hold it for sure, as far as they know. */
  holders(jobId: string): SimulatedWorker[] {
    return this.#machines.flatMap(({ worker }) => (worker.isHolding(jobId) ? [worker] : []));
  }

  #travel(): Promise<void> {
    const { random, scheduler } = this.#world;
    return scheduler.turn(random.between(0, 1_000));
  }
}
