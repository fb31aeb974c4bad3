import type { Encryption, Session } from '../session/session.ts';

export interface ConnectionFacts {
  /** `postgresql://***@host:5432/db` */
  url: string;
  encryption: Encryption | null;
  /** Whether bytes leave this machine. */
  isRemote: boolean;
  sslmode: string;
  roundTripMs: number;
}

const ROUND_TRIPS = 3;

/** What the connection beneath a session is like. The fastest of a few round trips is the network's own time. */
export async function readConnectionFacts(
  session: Session,
  { url, sslmode }: { url: string; sslmode: string },
): Promise<ConnectionFacts> {
  let roundTripMs = Infinity;
  for (let trip = 0; trip < ROUND_TRIPS; trip += 1) {
    const startedAt = performance.now();
    await session.execute('answer', 'SELECT');
    roundTripMs = Math.min(roundTripMs, performance.now() - startedAt);
  }
  return { url, sslmode, encryption: session.encryption, isRemote: session.isRemote, roundTripMs };
}
