import { describe, expect, it } from '@jest/globals';
import { wireMessage } from '../../test/wire-message.ts';
import { MessageFrames } from './message-frames.ts';

function cut(bytes: Buffer, sizes: Iterable<number>): Buffer[] {
  const chunks: Buffer[] = [];
  let position = 0;
  for (const size of sizes) {
    if (position >= bytes.length) break;
    chunks.push(bytes.subarray(position, position + size));
    position += size;
  }
  if (position < bytes.length) chunks.push(bytes.subarray(position));
  return chunks;
}

function read(chunks: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const frames = new MessageFrames((bytes, start, end) =>
    seen.push(bytes.subarray(start, end).toString('hex')),
  );
  for (const chunk of chunks) frames.push(chunk);
  return seen;
}

const messages = [0, 1, 4, 5, 0, 300, 0, 7].map((length, index) =>
  wireMessage(String.fromCharCode(97 + index), Buffer.alloc(length, index)),
);
const whole = Buffer.concat(messages);
const expected = messages.map((bytes) => bytes.toString('hex'));

describe('messages in a stream of bytes', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 11, 64, 1000])('are found in chunks of %d bytes', (size) => {
    expect(read(cut(whole, Array<number>(whole.length).fill(size)))).toEqual(expected);
  });

  it('are found wherever chunks end', () => {
    for (let round = 0; round < 500; round += 1) {
      const sizes = Array.from({ length: whole.length }, () => 1 + Math.floor(Math.random() * 40));
      expect(read(cut(whole, sizes))).toEqual(expected);
    }
  });

  it('are left in the chunk in which they are whole', () => {
    const chunk = Buffer.concat([wireMessage('a', Buffer.from('one')), wireMessage('b', Buffer.from('two'))]);
    const seen: Buffer[] = [];
    new MessageFrames((bytes) => seen.push(bytes)).push(chunk);
    expect(seen.every((bytes) => bytes === chunk)).toBe(true);
  });
});
