import type { Sequence } from '../catalog/read-sequences.ts';
import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';

const SEQUENCES_PER_STATEMENT = 500;

/** Gives sequences of the target the state they have at the source. */
export async function setSequences(target: Session, sequences: readonly Sequence[]): Promise<void> {
  for (let start = 0; start < sequences.length; start += SEQUENCES_PER_STATEMENT) {
    const batch = sequences.slice(start, start + SEQUENCES_PER_STATEMENT);
    await target.query(
      'set sequences',
      `SELECT pg_catalog.count(pg_catalog.setval(name::regclass, value, is_called))
       FROM unnest($1::text[], $2::int8[], $3::bool[]) AS s(name, value, is_called)`,
      [
        batch.map(({ schema, name }) => qualifiedName(schema, name)),
        batch.map(({ lastValue }) => lastValue),
        batch.map(({ isCalled }) => isCalled),
      ],
    );
  }
}
