/** Sequences are in no change stream: the target's are set to where the source's are, and never back. */
import { ReplicatorError } from '@seren-replicator/job-models';
import { qualifiedName } from '../catalog/quote.ts';
import { readSequences, type Sequence } from '../catalog/read-sequences.ts';
import type { DatabaseScope } from '../scope/plan-scope.ts';
import { isInScope } from '../scope/resolve-rules.ts';
import type { Session } from '../session/session.ts';
import { nameSome } from '../validate/check.ts';

export interface SequencePlan {
  /** The source's states of those that are behind on the target. */
  behind: Sequence[];
  /** What the target has of those. */
  before: Sequence[];
  /** Labels of those that are further on the target: somebody has drawn from them there. */
  ahead: Set<string>;
}

/** Reads both sides and tells what is to be set. */
export async function planSequences({ servers, rules }: DatabaseScope): Promise<SequencePlan> {
  const all = await servers.source.withSession(readSequences);
  const wanted = all.filter(({ ownerOid }) => ownerOid === null || isInScope(rules, ownerOid));
  return servers.target.withSession(async (target) => {
    const present = new Map((await readSequences(target)).map((sequence) => [keyOf(sequence), sequence]));
    const missing = wanted.filter((sequence) => !present.has(keyOf(sequence)));
    if (missing.length > 0) {
      throw new ReplicatorError(
        'object_missing',
        `The target lacks sequences that the source has (${nameSome(missing.map(({ label }) => label))}); create them there, then run the same command again.`,
      );
    }
    const directions = await readDirections(target, wanted);
    const plan: SequencePlan = { behind: [], before: [], ahead: new Set() };
    for (const sequence of wanted) {
      const key = keyOf(sequence);
      const other = present.get(key);
      if (other === undefined) continue;
      const distance = distanceOf(sequence, other, directions.get(key) ?? 1n);
      if (distance > 0n) {
        plan.behind.push(sequence);
        plan.before.push(other);
      } else if (distance < 0n) plan.ahead.add(sequence.label);
    }
    return plan;
  });
}

/** Positive where the source's next value comes later than the target's. One that starts over has no later. */
function distanceOf(source: Sequence, target: Sequence, direction: bigint): bigint {
  const moved = (BigInt(source.lastValue) - BigInt(target.lastValue)) * (direction === 0n ? 1n : direction);
  if (moved !== 0n) return direction === 0n ? 1n : moved;
  return BigInt(Number(source.isCalled)) - BigInt(Number(target.isCalled));
}

/** 1 or -1; 0 for sequences that start over at their end. */
async function readDirections(target: Session, sequences: readonly Sequence[]): Promise<Map<string, bigint>> {
  const rows = await target.query<{ direction: string }>(
    'read the directions of sequences',
    `SELECT CASE WHEN q.seqcycle THEN 0 ELSE pg_catalog.sign(q.seqincrement::numeric) END::text AS direction
     FROM unnest($1::text[]) WITH ORDINALITY AS s(name, i)
     JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = s.name::regclass ORDER BY s.i`,
    [sequences.map(({ schema, name }) => qualifiedName(schema, name))],
  );
  return new Map(sequences.map((sequence, index) => [keyOf(sequence), BigInt(rows[index]?.direction ?? 1)]));
}

function keyOf({ schema, name }: Sequence): string {
  return JSON.stringify([schema, name]);
}
