import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { CliDeps } from '../cli-deps.ts';

/** True when somebody sits there to answer. Questions go to standard error, so standard output may be a file. */
export function canAsk({ stdin, stderr }: CliDeps): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/**
 * Asks for a line; with `isHidden`, what is typed is not shown.
 *
 * @throws ReplicatorError `interrupted` on Ctrl-C, Ctrl-D, or when the run is stopped.
 */
export async function askOnTerminal(deps: CliDeps, question: string, isHidden: boolean): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: deps.stdin,
    output: isHidden ? nowhere : deps.stderr,
    terminal: true,
  });
  // While it asks, the terminal is in raw mode: Ctrl-C closes the interface instead of sending a signal.
  const closed = new AbortController();
  lines.once('close', () => closed.abort());
  try {
    if (isHidden) deps.stderr.write(question);
    const signal = AbortSignal.any([deps.signal, closed.signal]);
    return await lines.question(isHidden ? '' : question, { signal });
  } catch (error) {
    if (!isHidden) deps.stderr.write('\n');
    throw new ReplicatorError('interrupted', 'Interrupted; nothing was done.', { cause: error });
  } finally {
    lines.close();
    if (isHidden) deps.stderr.write('\n');
  }
}
