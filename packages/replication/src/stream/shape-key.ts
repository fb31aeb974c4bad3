/** Which changes of a table are written alike. */
import type { RowChange } from './decode-message.ts';
import type { FollowedRelation } from './followed-relation.ts';
import { isNull, isUnchanged, valueEnd, valueStart, type Tuple } from './tuple.ts';

/** The same text for changes that have values, NULLs where that matters, and their old row in the same places. */
export function shapeKeyOf(followed: FollowedRelation, change: RowChange): string {
  switch (change.kind) {
    case 'insert':
      return 'i';
    case 'delete':
      return change.old.kind === 'key' ? 'd' : `D${nullsOf(change.old.tuple)}`;
    case 'update': {
      const unchanged = change.new.hasUnchanged ? placesOf(change.new, isUnchanged) : '';
      if (change.old === null) return `u${unchanged}`;
      if (change.old.kind === 'key') return `k${unchanged}`;
      const moved = changesIdentity(followed, change) ? '!' : '';
      return `f${moved}${unchanged}/${nullsOf(change.old.tuple)}`;
    }
  }
}

function nullsOf(tuple: Tuple): string {
  return placesOf(tuple, isNull);
}

function placesOf(tuple: Tuple, has: (tuple: Tuple, column: number) => boolean): string {
  return tuple.positions.flatMap((_, column) => (has(tuple, column) ? [column] : [])).join(',');
}

/** Whether an identity column that no UPDATE may set has another value than before, as far as that is known. */
export function changesIdentity({ columns }: FollowedRelation, change: RowChange): boolean {
  return columns.some(({ isIdentityAlways }, column) => {
    if (!isIdentityAlways || change.kind !== 'update') return false;
    const { old } = change;
    return old?.kind !== 'full' || !isSame(old.tuple, change.new, column);
  });
}

function isSame(a: Tuple, b: Tuple, column: number): boolean {
  if (isNull(a, column) || isNull(b, column)) return isNull(a, column) && isNull(b, column);
  return (
    a.bytes.compare(
      b.bytes,
      valueStart(b, column),
      valueEnd(b, column),
      valueStart(a, column),
      valueEnd(a, column),
    ) === 0
  );
}
