/**
 * Without a superuser, an object can only be given to a role that could have created it: that may create in its schema,
 * or in the database if it is a publication. The grants that allow it come last. So roles are lent the privilege for as
 * long as objects are created. What is lent is noted in the checkpoint by the transaction that lends it, so that no
 * run, however it ends, loses sight of it.
 *
 * https://www.postgresql.org/docs/current/sql-altertable.html (Notes on OWNER)
 * https://www.postgresql.org/docs/current/sql-alterpublication.html
 */
import pg from 'pg';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { keyOf } from '../checkpoint/entry-key.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import { ownerStatement } from '../schema/owner-statement.ts';
import type { Session } from '../session/session.ts';

/** CREATE on a schema, or on the target database where `schema` is null, for a role. Unquoted. */
interface Loan {
  schema: string | null;
  role: string;
}

const KEY_PREFIX = 'loan ';

/** Lets the owners of entries that are still to be restored create what the entries are. */
export async function lendPrivileges(
  target: Session,
  checkpoint: Checkpoint,
  entries: readonly ArchiveEntry[],
): Promise<void> {
  const loans = await listNeeded(target, listWanted(checkpoint, entries));
  if (loans.length === 0) return;
  const keys = loans.map(({ schema, role }) => KEY_PREFIX + JSON.stringify([schema, role]));
  const database = await readDatabaseName(target);
  const grants = loans.map(
    (loan) => `GRANT ${privilegeOf(loan, database)} TO ${pg.escapeIdentifier(loan.role)};`,
  );
  await target.execute('lend a privilege', [...grants, checkpoint.markDone(keys)].join('\n'));
  checkpoint.noteDone(keys);
}

/** Takes back what was lent, by this run or by the one that it goes on from. */
export async function takeBackPrivileges(target: Session, checkpoint: Checkpoint): Promise<void> {
  const keys = [...checkpoint.doneKeys].filter(isLoan);
  if (keys.length === 0) return;
  const database = await readDatabaseName(target);
  const revokes = keys.map((key) => {
    const [schema, role] = JSON.parse(key.slice(KEY_PREFIX.length)) as [string | null, string];
    return `REVOKE ${privilegeOf({ schema, role }, database)} FROM ${pg.escapeIdentifier(role)};`;
  });
  await target.execute('take back a privilege', [...revokes, checkpoint.unmarkDone(keys)].join('\n'));
  checkpoint.noteUndone(keys);
}

/** Whether a key of the checkpoint speaks of a loan, not of an entry. */
export function isLoan(key: string): boolean {
  return key.startsWith(KEY_PREFIX);
}

function listWanted(checkpoint: Checkpoint, entries: readonly ArchiveEntry[]): Loan[] {
  const loans = new Map<string, Loan>();
  for (const entry of entries) {
    const { namespace: schema, kind, owner: role } = entry;
    if (checkpoint.doneKeys.has(keyOf(entry)) || ownerStatement(entry) === null) continue;
    if (schema !== null || kind === 'PUBLICATION')
      loans.set(JSON.stringify([schema, role]), { schema, role });
  }
  return [...loans.values()];
}

/** Roles and schemas that are not there are somebody else's to tell. */
async function listNeeded(target: Session, wanted: readonly Loan[]): Promise<Loan[]> {
  return target.query<Loan & Record<string, string | null>>(
    'check privileges to create',
    `SELECT wanted.schema, wanted.role
     FROM unnest($1::text[], $2::text[]) AS wanted(schema, role)
     JOIN pg_catalog.pg_roles AS r ON r.rolname = wanted.role
     LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
     WHERE CASE WHEN wanted.schema IS NULL
                THEN NOT pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE')
                ELSE NOT pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE') END`,
    [wanted.map(({ schema }) => schema), wanted.map(({ role }) => role)],
  );
}

async function readDatabaseName(target: Session): Promise<string> {
  const { name } = await target.queryOne<{ name: string }>(
    'name its database',
    'SELECT pg_catalog.current_database()::text AS name',
  );
  return name;
}

function privilegeOf({ schema }: Loan, database: string): string {
  return schema === null
    ? `CREATE ON DATABASE ${pg.escapeIdentifier(database)}`
    : `CREATE ON SCHEMA ${pg.escapeIdentifier(schema)}`;
}
