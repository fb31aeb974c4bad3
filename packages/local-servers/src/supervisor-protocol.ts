/** The messages between a process that uses local servers and the supervisor it forks for each of them. */

/** The account that a process runs as, where that is not the supervisor's own. */
export interface Account {
  uid: number;
  gid: number;
}

export interface SupervisedCommand {
  program: string;
  args: string[];
  account: Account | undefined;
  /** Receives standard output and standard error, after what it already holds. */
  logFile: string;
  /** Ends the process as fast as it can end without leaving anything behind; sent when the parent is gone. */
  lastSignal: NodeJS.Signals;
}

/** Signals to send, one after the other, each with the time it gets. SIGKILL follows the last one. */
export type StopSignals = { signal: NodeJS.Signals; deadlineMs: number }[];

/** Answered in the order asked, each by one `SupervisorAnswer`. */
export type SupervisorRequest =
  | { ask: 'make-directory'; prefix: string; account: Account | undefined }
  | { ask: 'start'; command: SupervisedCommand }
  | { ask: 'stop'; signals: StopSignals };

/** The directory's path, the process id, or nothing. */
type SupervisorAnswer = { answer: string | number | null } | { failure: string };

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Sent when the started process has ended, before the answer to a `stop` that ended it. */
interface ExitNotice {
  pid: number;
  exited: ProcessExit;
}

export type SupervisorMessage = SupervisorAnswer | ExitNotice;
