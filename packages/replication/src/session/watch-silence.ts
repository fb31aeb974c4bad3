/**
 * Notices connections that have gone silent without being closed, as they do behind a dead router. A deadline on the
 * whole would end slow work; instead the servers are asked, over connections of their own, what the sessions are doing.
 * As long as one of them is working, or bytes move, all is well. When all have been waiting for us since the last look,
 * what they have sent, or we, is lost.
 *
 * https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE (type Client)
 */
export interface WatchedSession {
  /** Bytes that its connection has carried, both ways. */
  readonly movedBytes: number;
  /** Null: it is not watched. */
  readonly silence: SilenceDeps | null;
  cut: () => void;
}

export interface SilenceDeps {
  /** How often sessions on whose connections nothing moves are looked after. */
  intervalMs: number;
  /** Asks the server whether the session is at work. Never rejects. */
  isWorking: () => Promise<boolean>;
  onSilence: () => void;
}

/** Looks after sessions that have to do with each other for the time of `work`; silence cuts them, which fails it. */
export async function watchSilence<Result>(
  sessions: readonly WatchedSession[],
  work: () => Promise<Result>,
): Promise<Result> {
  const [first] = sessions;
  if (first === undefined || first.silence === null) return work();
  const { intervalMs, onSilence } = first.silence;
  const moved = () => sessions.reduce((sum, { movedBytes }) => sum + movedBytes, 0);
  let seen = moved();
  let wasWaiting = false;
  let isLooking = false;
  const look = async () => {
    if (moved() !== seen) {
      seen = moved();
      wasWaiting = false;
      return;
    }
    const answers = await Promise.all(
      sessions.map(async ({ silence }) => silence === null || (await silence.isWorking())),
    );
    const isWaiting = !answers.includes(true) && moved() === seen;
    if (isWaiting && wasWaiting) {
      onSilence();
      for (const session of sessions) session.cut();
    }
    wasWaiting = isWaiting;
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
    });
  }, intervalMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
