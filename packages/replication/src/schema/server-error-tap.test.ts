import { describe, expect, it } from '@jest/globals';
import { ServerErrorTap } from './server-error-tap.ts';

function message(type: string, body: string): Buffer {
  const bytes = Buffer.alloc(5 + Buffer.byteLength(body));
  bytes.write(type);
  bytes.writeUInt32BE(bytes.length - 1, 1);
  bytes.write(body, 5);
  return bytes;
}

function error(sqlState: string, words: string): Buffer {
  return message('E', `SERROR\0C${sqlState}\0M${words}\0\0`);
}

const conversation = Buffer.concat([
  message('D', 'a row that says E'),
  error('42501', 'permission denied'),
  message('Z', 'E'),
  error('55P03', 'canceling statement due to lock timeout'),
  message('N', ''),
]);

describe('the last error of a server', () => {
  it.each(Array.from(conversation, (_byte, index) => index))(
    'is heard in two chunks parted at %i',
    (parting) => {
      const tap = new ServerErrorTap();
      tap.hear(conversation.subarray(0, parting));
      tap.hear(conversation.subarray(parting));
      expect(tap.lastError).toEqual({
        sqlState: '55P03',
        message: 'canceling statement due to lock timeout',
      });
    },
  );

  it('is heard byte by byte', () => {
    const tap = new ServerErrorTap();
    for (const byte of conversation) tap.hear(Buffer.of(byte));
    expect(tap.lastError?.sqlState).toBe('55P03');
  });

  it('is none where a server refused nothing', () => {
    const tap = new ServerErrorTap();
    tap.hear(message('D', 'E'));
    expect(tap.lastError).toBeNull();
  });
});
