/** Puts a listener of ours between a connection's socket and pg's parser, which stays in charge of what we pass on. */
import type pg from 'pg';
import { divertData } from '../session/divert-data.ts';
import { MessageFrames, type OnMessage } from './message-frames.ts';

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
  const frames = new MessageFrames(onMessage);
  const { parse, end } = divertData(stream, (chunk) => {
    frames.push(chunk);
    onChunk();
  });
  return { pass: (bytes, from, to) => parse(bytes.subarray(from, to)), end };
}
