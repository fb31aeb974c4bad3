import type { CutoverDatabase } from './cutover-context.ts';

/** All at once, and all to their end: nothing is under way any more when this settles. */
export async function forAll<Result>(
  databases: readonly CutoverDatabase[],
  work: (database: CutoverDatabase) => Promise<Result>,
): Promise<Result[]> {
  const settled = await Promise.allSettled(databases.map(work));
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
