import type { Session } from '../session/session.ts';

/** Up to where a subscription has applied its source's log, `0/0` before the first change; null where the server does not tell this role. */
export async function readOriginPosition(target: Session, subscriptionOid: string): Promise<string | null> {
  const { is_allowed } = await target.queryOne<{ is_allowed: boolean }>(
    'check a privilege',
    `SELECT pg_catalog.has_function_privilege('pg_catalog.pg_replication_origin_progress(text, boolean)', 'EXECUTE') AS is_allowed`,
  );
  if (!is_allowed) return null;
  const { position } = await target.queryOne<{ position: string | null }>(
    'tell how far it has applied changes',
    `SELECT pg_catalog.pg_replication_origin_progress($1, false)::text AS position`,
    [`pg_${subscriptionOid}`],
  );
  return position ?? '0/0';
}
