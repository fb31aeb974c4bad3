import { labelOf, type ObjectName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';

/**
 * What pg_subscription_rel calls a table's state.
 *
 * https://www.postgresql.org/docs/current/catalog-pg-subscription-rel.html
 */
const STATE_WORDS: Readonly<Record<string, string>> = {
  i: 'initialising',
  d: 'copying',
  f: 'copied',
  s: 'catching up',
  r: 'following',
};

/** The tables that a subscription applies changes to, by label, and how far each of them is. */
export async function readSubscribedTables(
  target: Session,
  subscriptionOid: string,
): Promise<Map<string, string>> {
  const rows = await target.query<ObjectName & { state: string }>(
    'list subscribed tables',
    `SELECT n.nspname AS schema, c.relname AS name, r.srsubstate::text AS state
     FROM pg_catalog.pg_subscription_rel AS r
     JOIN pg_catalog.pg_class AS c ON c.oid = r.srrelid
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE r.srsubid = $1::oid`,
    [subscriptionOid],
  );
  return new Map(rows.map((row) => [labelOf(row), STATE_WORDS[row.state] ?? `unknown (${row.state})`]));
}
