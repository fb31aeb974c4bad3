import { describe, expect, it } from '@jest/globals';
import { FrameSplitter } from './frame-splitter.ts';

function message(type: string, length: number): Buffer {
  const bytes = Buffer.alloc(5 + length, type.toUpperCase());
  bytes.write(type, 0, 'latin1');
  bytes.writeUInt32BE(4 + length, 1);
  return bytes;
}

const copyData = [message('d', 0), message('d', 7), message('d', 300)];
const others = [message('H', 3), message('N', 20), message('c', 0), message('C', 12)];
const [emptyData, smallData, largeData] = copyData as [Buffer, Buffer, Buffer];
const [response, notice, done, complete] = others as [Buffer, Buffer, Buffer, Buffer];
const stream = Buffer.concat([response, smallData, emptyData, notice, largeData, smallData, done, complete]);

function split(chunks: Buffer[]) {
  const rows: Buffer[] = [];
  const rest: Buffer[] = [];
  const splitter = new FrameSplitter({
    onCopyData: (bytes) => rows.push(bytes),
    onOther: (bytes) => rest.push(bytes),
  });
  for (const chunk of chunks) splitter.push(chunk);
  return { rows: Buffer.concat(rows), rest: Buffer.concat(rest), pieces: rows.length, splitter };
}

describe('FrameSplitter', () => {
  const expectedRows = Buffer.concat([smallData, emptyData, largeData, smallData]);
  const expectedRest = Buffer.concat([response, notice, done, complete]);

  it('tells rows from the rest wherever a chunk ends', () => {
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const { rows, rest } = split([stream.subarray(0, cut), stream.subarray(cut)]);
      expect(rows.equals(expectedRows)).toBe(true);
      expect(rest.equals(expectedRest)).toBe(true);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 64])('tells them in chunks of %i bytes', (size) => {
    const chunks: Buffer[] = [];
    for (let start = 0; start < stream.length; start += size)
      chunks.push(stream.subarray(start, start + size));
    const { rows, rest } = split(chunks);
    expect(rows.equals(expectedRows)).toBe(true);
    expect(rest.equals(expectedRest)).toBe(true);
  });

  it('passes neighbouring rows on in one piece', () => {
    expect(split([Buffer.concat([smallData, largeData, emptyData])]).pieces).toBe(1);
  });

  it('reads lengths of more than 2 GB', () => {
    const header = Buffer.from([0x64, 0x90, 0, 0, 4]);
    const { rows, rest } = split([header, Buffer.from('C'), Buffer.from('d')]);
    expect(rows.length).toBe(7);
    expect(rest.length).toBe(0);
  });
});
