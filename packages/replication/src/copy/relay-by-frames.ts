/**
 * The relay that moves chunks as they come. A CopyData message has the same form in both directions, so the bytes
 * that the source's socket gives can be written to the target's as they are; only message headers are looked at, to
 * know where the rows end. All other messages go to pg's own parser, which stays in charge of both connections.
 *
 * Who ends what: the source's CommandComplete makes us send CopyDone; the target's ReadyForQuery ends the relay. When
 * one side fails, the other one's COPY is ended with it: the target's by CopyFail, or by cutting its connection where the
 * source went away within a message; the source's by cutting its connection, since a COPY TO cannot be ended otherwise
 * without reading it to its end.
 */
import type { Session } from '../session/session.ts';
import { connectionOf } from '../session/session.ts';
import { translateError } from '../session/translate-error.ts';
import { CopyFromQuery } from './copy-from-query.ts';
import { CopyToQuery } from './copy-to-query.ts';
import type { RelayedRows, RelayInput } from './relay-rows.ts';

export async function relayByFrames(input: RelayInput): Promise<RelayedRows> {
  const { source, target, label, onBytes, rate, signal } = input;
  const intake = new CopyFromQuery(input.copyFromSql);
  const output = new CopyToQuery({
    sql: input.copyToSql,
    destination: connectionOf(target.client).stream,
    onBytes,
    rate,
  });
  const failures = new FirstFailure();

  const receiving = failures.watch(target, intake.done);
  const sending = failures.watch(source, output.done);
  target.client.query(intake);
  source.client.query(output);
  // Either may fail before anything flows; then the other one is ended below.
  intake.ready.then(
    () => output.flow(),
    () => undefined,
  );
  void output.done.then(
    () => intake.finish(),
    // What ends a COPY would be taken for the rest of the message that the source did not end.
    () => (output.isWithinMessage ? target.cut() : intake.fail()),
  );
  void intake.done.catch(() => {
    if (!output.isDone) source.cut();
  });

  const [received, sent] = await Promise.allSettled([receiving, sending]);
  if (received.status === 'fulfilled' && sent.status === 'fulfilled') {
    return { sent: sent.value, received: received.value };
  }
  signal.throwIfAborted();
  const { session, error } = failures.get();
  throw translateError(error, session.where, `copy ${label}`);
}

/** The side that failed first is the one to tell about; the other one's failure is its echo. */
class FirstFailure {
  #first: { session: Session; error: unknown } | undefined;

  async watch<Result>(session: Session, done: Promise<Result>): Promise<Result> {
    try {
      return await done;
    } catch (error) {
      this.#first ??= { session, error };
      throw error;
    }
  }

  get(): { session: Session; error: unknown } {
    if (this.#first === undefined) throw new Error('nothing has failed');
    return this.#first;
  }
}
