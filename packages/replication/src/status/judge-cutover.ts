import type { SyncRecord } from '../sync/sync-record.ts';
import { SYNC_COMMAND, type Attention } from './judgement.ts';

const CUTOVER_COMMAND = 'seren-replicator cutover';

/** What a cutover that has died has left behind; one that lives takes care of itself. */
export function judgeCutover(
  { cutover }: Pick<SyncRecord, 'cutover'>,
  { isUnderWay, isHandedOver }: { isUnderWay: boolean; isHandedOver: boolean },
): Attention[] {
  if (cutover === null || isUnderWay) return [];
  if (isHandedOver) {
    return [
      {
        message: 'a cutover was interrupted past its point of no return',
        fix: `to finish it: ${CUTOVER_COMMAND}, with the arguments of before`,
      },
    ];
  }
  if (cutover.lock === null && !cutover.isReverseBegun && !cutover.isPastReturn) return [];
  const consequence = cutover.lock === null ? '' : ', and the source is read-only since then';
  return [
    {
      message: `a cutover was interrupted${consequence}`,
      fix: `to go on: ${CUTOVER_COMMAND}, with the arguments of before; to take it back: ${SYNC_COMMAND}`,
    },
  ];
}
