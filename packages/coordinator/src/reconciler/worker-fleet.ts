/** Where workers run: machines in EC2, child processes on one machine. */

/** One attempt of one job; a machine is for one of them. */
export interface Work {
  jobId: string;
  attempt: number;
}

/** Work with what a machine is chosen by. */
export interface WorkOrder extends Work {
  /** What the job was submitted with; 0 where nobody said. */
  estimatedSizeBytes: number;
}

export interface WorkerMachine extends Work {
  machineId: string;
  /**
   * `gone`: it ran and cannot run again. A fleet shows such a machine for a while, so that a job that it never claimed
   * need not wait for it; it may also forget it.
   */
  state: 'alive' | 'gone';
}

export interface WorkerFleet {
  /** Starts a machine, once for the same work, however often it is asked. */
  start(work: WorkOrder): Promise<void>;
  list(): Promise<WorkerMachine[]>;
  /** Begins to end a machine, first kindly; one that is gone is no error. It may be alive for a while after. */
  stop(machineId: string): Promise<void>;
}
