/** Cuts connections on which nothing comes any more, as `watch-silence.ts` has it. */
import { once } from 'node:events';
import { connectionOf, type Session } from '../session/session.ts';
import { watchSilence } from '../session/watch-silence.ts';

/** @param isWaiting whether nothing need come: then silence is in order */
export async function watchStream(
  session: Session,
  isWaiting: () => boolean,
  ending: AbortSignal,
): Promise<void> {
  const { stream } = connectionOf(session.client);
  let waits = 0;
  const watched = {
    get movedBytes() {
      if (isWaiting()) waits += 1;
      return ('bytesRead' in stream ? Number(stream.bytesRead) : 0) + waits;
    },
    silence: session.silence,
    cut: () => session.cut(),
  };
  await watchSilence([watched], async () => {
    if (!ending.aborted) await once(ending, 'abort');
  });
}
