import type { Session } from '../session/session.ts';

/** The role that initdb made, whatever it is called now: it owns what came with the server. */
export async function readBootstrapSuperuser(session: Session): Promise<string> {
  const { name } = await session.queryOne<{ name: string }>(
    'tell who owns it',
    'SELECT pg_catalog.pg_get_userbyid(10)::text AS name',
  );
  return name;
}
