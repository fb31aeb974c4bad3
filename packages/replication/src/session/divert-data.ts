import type { Duplex } from 'node:stream';

export type DataListener = (chunk: Buffer) => void;

/**
 * Puts a listener of ours in the place of the one that pg has on its socket.
 *
 * @returns `parse`, pg's own, for what is meant for it; `end` gives it its place back
 */
export function divertData(stream: Duplex, divert: DataListener): { parse: DataListener; end: () => void } {
  const [parse] = stream.listeners('data') as DataListener[];
  if (parse === undefined) throw new Error('pg does not listen to its socket');
  stream.on('data', divert).off('data', parse);
  return { parse, end: () => stream.on('data', parse).off('data', divert) };
}
