import { ReplicatorError } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';
import { isInScope, type TableRules } from './resolve-rules.ts';

/**
 * Refuses a choice of rows that cannot satisfy a foreign key: when a table is copied in part or not at all, and a table
 * that refers to it is copied whole, the key would find rows without their counterpart at the very end of the copy. A
 * referring table that is filtered too is the user's own care; a key from or to an excluded table is left out.
 *
 * @throws ReplicatorError `invalid_request` naming the keys
 */
export async function checkRowFilters(session: Session, rules: TableRules): Promise<void> {
  const isPartial = (oid: number) => rules.predicates.has(oid) || rules.schemaOnly.has(oid);
  const keys = await session.query<{
    key: string;
    referring: string;
    referred: string;
    from_oid: string;
    to_oid: string;
  }>(
    'list foreign keys',
    `SELECT k.conname AS key, k.conrelid::int8::text AS from_oid, k.confrelid::int8::text AS to_oid,
            k.conrelid::regclass::text AS referring, k.confrelid::regclass::text AS referred
     FROM pg_catalog.pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid <> k.confrelid ORDER BY 1`,
  );
  const broken = keys.filter(({ from_oid, to_oid }) => {
    const [from, to] = [Number(from_oid), Number(to_oid)];
    return isPartial(to) && !isPartial(from) && isInScope(rules, from) && isInScope(rules, to);
  });
  if (broken.length === 0) return;
  const named = broken
    .slice(0, 5)
    .map(({ key, referring, referred }) => `${key} (${referring} → ${referred})`);
  throw new ReplicatorError(
    'invalid_request',
    `The row filters would break the foreign key ${named.join(', ')}: filter or exclude the referring table too.`,
  );
}
