/**
 * Without a superuser, an object can only be given to a role that may create in the object's schema, and the grants
 * that allow it come last. So roles are lent the privilege for as long as objects are created. What is lent is noted in
 * the checkpoint by the transaction that lends it, so that no run, however it ends, loses sight of it.
 *
 * https://www.postgresql.org/docs/current/sql-altertable.html (Notes on OWNER)
 */
import pg from 'pg';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { keyOf } from '../checkpoint/entry-key.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import { ownerStatement } from '../schema/owner-statement.ts';
import type { Session } from '../session/session.ts';

interface Loan {
  schema: string;
  role: string;
}

const KEY_PREFIX = 'loan ';

/** Lets the owners of entries that are still to be restored create in the schemas of these entries. */
export async function lendSchemas(
  target: Session,
  checkpoint: Checkpoint,
  entries: readonly ArchiveEntry[],
): Promise<void> {
  const left = entries.filter((entry) => !checkpoint.doneKeys.has(keyOf(entry)));
  const owned = left.filter((entry) => entry.namespace !== null && ownerStatement(entry) !== null);
  const pairs = [...new Set(owned.map(({ namespace, owner }) => JSON.stringify([namespace, owner])))];
  const wanted = pairs.map((pair) => JSON.parse(pair) as [string, string]);
  const loans = await target.query<Loan & Record<string, string>>(
    'check privileges on schemas',
    `SELECT n.nspname::text AS schema, r.rolname::text AS role
     FROM unnest($1::text[], $2::text[]) AS wanted(schema, role)
     JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
     JOIN pg_catalog.pg_roles AS r ON r.rolname = wanted.role
     WHERE NOT pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')`,
    [wanted.map(([schema]) => schema), wanted.map(([, role]) => role)],
  );
  if (loans.length === 0) return;
  const keys = loans.map(({ schema, role }) => KEY_PREFIX + JSON.stringify([schema, role]));
  const grants = loans.map((loan) => `GRANT ${privilegeOf(loan)} TO ${pg.escapeIdentifier(loan.role)};`);
  await target.execute('lend a privilege', [...grants, checkpoint.markDone(keys)].join('\n'));
  checkpoint.noteDone(keys);
}

/** Takes back what was lent, by this run or by the one that it goes on from. */
export async function takeBackSchemas(target: Session, checkpoint: Checkpoint): Promise<void> {
  const keys = [...checkpoint.doneKeys].filter(isLoan);
  if (keys.length === 0) return;
  const revokes = keys.map((key) => {
    const [schema, role] = JSON.parse(key.slice(KEY_PREFIX.length)) as [string, string];
    return `REVOKE ${privilegeOf({ schema, role })} FROM ${pg.escapeIdentifier(role)};`;
  });
  await target.execute('take back a privilege', [...revokes, checkpoint.unmarkDone(keys)].join('\n'));
  checkpoint.noteUndone(keys);
}

/** Whether a key of the checkpoint speaks of a loan, not of an entry. */
export function isLoan(key: string): boolean {
  return key.startsWith(KEY_PREFIX);
}

function privilegeOf({ schema }: Loan): string {
  return `CREATE ON SCHEMA ${pg.escapeIdentifier(schema)}`;
}
