/** Puts a listener of ours between a connection's socket and pg's parser, which stays in charge of what we pass on. */
import type pg from 'pg';
import { MessageFrames, type OnMessage } from './message-frames.ts';

type DataListener = (chunk: Buffer) => void;

export interface Diversion {
  /** Gives a message to pg's own parser. */
  pass: OnMessage;
  /** Gives the socket back. */
  end: () => void;
}

export interface DivertedMessages {
  onMessage: OnMessage;
  /** All messages that ended in a chunk have been handed over. */
  onChunk: () => void;
}

export function divertMessages(
  { stream }: pg.Connection,
  { onMessage, onChunk }: DivertedMessages,
): Diversion {
  const [parse] = stream.listeners('data') as DataListener[];
  if (parse === undefined) throw new Error('pg does not listen to its socket');
  const frames = new MessageFrames(onMessage);
  const divert = (chunk: Buffer) => {
    frames.push(chunk);
    onChunk();
  };
  stream.on('data', divert);
  stream.off('data', parse);
  return {
    pass: (bytes, start, end) => parse(bytes.subarray(start, end)),
    end: () => {
      stream.on('data', parse);
      stream.off('data', divert);
    },
  };
}
