import type { Work, WorkerFleet, WorkerMachine } from '../../src/index.ts';

/** A fleet whose machines are entries of a list: they start at once, do nothing, and end when they are told. */
export class MemoryFleet implements WorkerFleet {
  readonly machines: WorkerMachine[] = [];
  /** Set to make starts fail, as a cloud without capacity does. */
  startFailure: Error | null = null;
  /** Called as a machine starts, for what happens in the middle of a pass. */
  onStart: (work: Work) => Promise<void> = async () => undefined;

  async start({ jobId, attempt }: Work): Promise<void> {
    if (this.startFailure !== null) throw this.startFailure;
    const machineId = `${jobId}@${attempt}`;
    if (this.machines.some((machine) => machine.machineId === machineId)) return;
    this.machines.push({ machineId, jobId, attempt, state: 'alive' });
    await this.onStart({ jobId, attempt });
  }

  async list(): Promise<WorkerMachine[]> {
    return this.machines.map((machine) => ({ ...machine }));
  }

  async stop(machineId: string): Promise<void> {
    this.end(machineId);
  }

  /** The machine ends by itself. */
  end(machineId: string): void {
    const machine = this.machines.find((each) => each.machineId === machineId);
    if (machine !== undefined) machine.state = 'gone';
  }

  /** The machines of a job that are alive. */
  aliveFor(jobId: string): number[] {
    return this.machines
      .filter((machine) => machine.jobId === jobId && machine.state === 'alive')
      .map((machine) => machine.attempt);
  }
}
