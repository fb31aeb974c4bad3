/**
 * Faults to order: the next calls that match meet them. `lost_answer` and `delivered_twice` carry the call out, as a
 * network does that loses an answer or a proxy that repeats a request; all others do not.
 */
export type FaultKind =
  | 'throttled'
  | 'access_denied'
  | 'unavailable'
  /** Carried out; the connection is cut before the answer. */
  | 'lost_answer'
  /** Carried out twice; the second answer is sent. */
  | 'delivered_twice'
  /** Neither carried out nor answered: the connection stays open. */
  | 'silence';

export interface Fault {
  service: 'kms' | 'ssm' | 'ec2' | 'logs';
  /** Every action of the service when it is left out. */
  action?: string;
  kind: FaultKind;
  /** How many calls meet it; all when it is left out. */
  times?: number;
}

export class Faults {
  #faults: (Fault & { left: number })[] = [];

  add(fault: Fault): void {
    this.#faults.push({ ...fault, left: fault.times ?? Infinity });
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault that this call meets; using it up. */
  take(service: string, action: string): FaultKind | null {
    const fault = this.#faults.find(
      (each) => each.left > 0 && each.service === service && (each.action ?? action) === action,
    );
    if (fault === undefined) return null;
    fault.left -= 1;
    return fault.kind;
  }
}
