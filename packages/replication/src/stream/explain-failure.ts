/** What ended an attempt to follow, in our words: drivers' errors become ours. */
import pg from 'pg';
import { translateError } from '../session/translate-error.ts';
import {
  CareNeededError,
  isRefusal,
  refusal,
  refusalOfCommit,
  SyncConflictError,
  type ChangeContext,
} from './conflict.ts';
import { slotLost } from '../sync/slot-lost.ts';

const UNDEFINED_OBJECT = '42704';
const OBJECT_NOT_IN_PREREQUISITE_STATE = '55000';

/** A slot may vanish, or lose its log, after it was looked at; and its publication may. */
export function explainSourceFailure(error: unknown, where: string, slot: string): unknown {
  if (error instanceof SyncConflictError) return error;
  if (error instanceof pg.DatabaseError) {
    const { code } = error;
    if (code === UNDEFINED_OBJECT || code === OBJECT_NOT_IN_PREREQUISITE_STATE) {
      return slotLost(slot, `cannot be read any more (${error.message})`, error);
    }
  }
  return translateError(error, where, 'send its changes');
}

export interface Sent {
  /** What the server was at. */
  context: ChangeContext | null;
  isCareful: boolean;
}

export function explainTargetFailure(error: unknown, where: string, { context, isCareful }: Sent): unknown {
  if (error instanceof SyncConflictError || error instanceof CareNeededError) return error;
  if (isRefusal(error)) {
    if (context !== null) return refusal(context, error) ?? error;
    if (!isCareful) return new CareNeededError('a change was refused', { cause: error });
    const conflict = refusalOfCommit(error);
    if (conflict !== null) return conflict;
  }
  return translateError(error, where, 'take the changes of the source');
}
