/**
 * Every move that a job can make. The conditions of the writes are built from this table, so that what is written
 * and what stands here cannot differ; the compiler sees to it that no state and no event is forgotten.
 *
 * Who moves: the API requests a cancel. A worker claims, beats, completes, fails, gives back, and cancels what was
 * asked to be cancelled; each of its writes names its attempt and itself, so that one that lost its lease can write
 * nothing. The reconciler does the rest, naming the attempt that it saw.
 */
import type { JobState } from '@seren-replicator/job-models';

export type JobEvent =
  /** A machine is about to be asked for. */
  | 'request_machine'
  | 'claim'
  | 'heartbeat'
  | 'complete'
  | 'fail'
  /** The worker was told to stop and hands the job to the next attempt. */
  | 'give_back'
  /** The machine did not start, or its worker fell silent: on to the next attempt. */
  | 'lose_worker'
  /** No attempt is left, or no time. */
  | 'give_up'
  | 'request_cancel'
  | 'cancel';

/** The state after the event, or null where the event is refused. */
type Transitions = Record<JobState, Record<JobEvent, JobState | null>>;

const ended = {
  request_machine: null,
  claim: null,
  heartbeat: null,
  complete: null,
  fail: null,
  give_back: null,
  lose_worker: null,
  give_up: null,
  request_cancel: null,
  cancel: null,
} as const;

export const transitions = {
  provisioning: {
    request_machine: 'provisioning',
    claim: 'running',
    heartbeat: null,
    complete: null,
    fail: null,
    give_back: null,
    lose_worker: 'provisioning',
    give_up: 'failed',
    request_cancel: 'provisioning',
    cancel: 'cancelled',
  },
  running: {
    request_machine: null,
    claim: null,
    heartbeat: 'running',
    complete: 'completed',
    fail: 'failed',
    give_back: 'provisioning',
    lose_worker: 'provisioning',
    give_up: 'failed',
    request_cancel: 'running',
    cancel: 'cancelled',
  },
  completed: ended,
  failed: ended,
  cancelled: ended,
} as const satisfies Transitions;

const everyTransition: Transitions = transitions;

/** The states in which the event is accepted. */
export function statesLeftBy(event: JobEvent): JobState[] {
  const states = Object.keys(everyTransition) as JobState[];
  return states.filter((state) => everyTransition[state][event] !== null);
}

/** The one state that the event leads to; null when it leaves every state as it is. */
export function stateReachedBy(event: JobEvent): JobState | null {
  const left = statesLeftBy(event);
  const reached = new Set(left.map((state) => everyTransition[state][event]));
  const [only] = reached;
  if (reached.size === 1 && only !== undefined) return only;
  if (left.every((state) => everyTransition[state][event] === state)) return null;
  throw new Error(`The event ${event} leads to several states; one write can set only one.`);
}
