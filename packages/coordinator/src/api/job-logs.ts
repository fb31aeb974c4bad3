/** Where workers' log lines are read: streams of CloudWatch Logs, or files on one machine. */

export interface LogPlace {
  jobId: string;
  attempt: number;
}

export interface LogLine {
  /** As the worker wrote it: JSON, or what a crash left. */
  text: string;
  /** When it came in; null where nobody noted it. */
  at: string | null;
}

export interface JobLogs {
  /**
   * At most `limit` lines of one attempt after `position`, or from its beginning when that is null. The position that
   * comes back leads to what follows, also when there is nothing yet; null: there is no log to have a position in.
   *
   * @throws ReplicatorError `invalid_request` for a position that is none
   */
  read(
    place: LogPlace,
    from: { position: string | null; limit: number },
  ): Promise<{ lines: LogLine[]; position: string | null }>;
}
