import type { Session } from '../session/session.ts';

/** GRANT and REVOKE that did not do what they say: privilege_not_granted, privilege_not_revoked. */
const UNDONE: ReadonlySet<string> = new Set(['01007', '01006']);

/** What the server warns of while `work` runs that it did not do although it was told to, naming the object. */
export async function collectWarnings(session: Session, work: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const onNotice = ({ code, message }: { code?: string | undefined; message?: string | undefined }) => {
    if (code !== undefined && UNDONE.has(code)) warnings.push(message ?? code);
  };
  session.client.on('notice', onNotice);
  try {
    await work();
    return warnings;
  } finally {
    session.client.off('notice', onNotice);
  }
}
