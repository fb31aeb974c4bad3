import type { Session } from '../session/session.ts';

/** A session that several ask, each in turn: pg does not queue for them. */
export class SharedSession {
  readonly #session: Session;
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: Session) {
    this.#session = session;
  }

  async use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(() => work(this.#session));
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
