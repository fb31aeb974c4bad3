/** What is counted and measured, by the names that alarms and dashboard know. */

export const metricUnits = {
  JobsSubmitted: 'Count',
  JobsStarted: 'Count',
  JobsCompleted: 'Count',
  JobsFailed: 'Count',
  JobsCancelled: 'Count',
  /** Jobs that were to follow a source and did not end well: their slots keep its log. */
  SyncsAbandoned: 'Count',
  /** Cutovers that ended neither well nor taken back: a source may be read-only. */
  CutoversUnfinished: 'Count',
  /** From submission to the first claim. */
  SecondsToStart: 'Seconds',
  /** Since the oldest job that has not ended was submitted, without those that follow their source; 0 without one. */
  OldestJobSeconds: 'Seconds',
  /** Attempts that were taken from a worker, or from a machine that never brought one. */
  WorkersLost: 'Count',
  MachinesAlive: 'Count',
  /** Machines that had no work any more and did not end by themselves. */
  MachinesReaped: 'Count',
  /** Jobs and machines that a pass could not deal with; the next one meets them again. */
  ReconcileFailures: 'Count',
  /** Requests that were told to come back later, and AWS telling us so. */
  Throttled: 'Count',
} as const;

export type MetricName = keyof typeof metricUnits;

export interface Metrics {
  add(name: MetricName, value: number): void;
}

/** For where nobody looks at them. */
export const noMetrics: Metrics = { add: () => undefined };
