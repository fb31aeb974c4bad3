import { once } from 'node:events';
import { duplexPair, type Duplex } from 'node:stream';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { LentConnection } from './lent-connection.ts';

const parameters = new Map([
  ['server_version', '15.4'],
  ['client_encoding', 'UTF8'],
]);

function startup(minorVersion: number, ...words: string[]): Buffer {
  const body = Buffer.from(words.map((word) => `${word}\0`).join('') + '\0');
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length);
  head.writeInt32BE((3 << 16) + minorVersion, 4);
  return Buffer.concat([head, body]);
}

function request(code: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32BE(8);
  bytes.writeInt32BE(code, 4);
  return bytes;
}

function errorResponse(...fields: string[]): Buffer {
  const body = Buffer.from(fields.map((field) => `${field}\0`).join('') + '\0');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

describe('a lent connection', () => {
  let server: Duplex;
  let lent: LentConnection;

  beforeEach(() => {
    const [ours, theirs] = duplexPair();
    server = theirs;
    lent = new LentConnection(ours, parameters);
    lent.on('error', () => undefined);
  });

  async function next(stream: Duplex): Promise<string> {
    for (;;) {
      const chunk = stream.read() as Buffer | null;
      if (chunk !== null) return chunk.toString('latin1');
      await once(stream, 'readable');
    }
  }

  test('welcomes a client with what the server reported', async () => {
    lent.write(startup(0, 'user', 'somebody'));
    expect(await next(lent)).toBe(
      'R\0\0\0\x08\0\0\0\0' +
        'S\0\0\0\x18server_version\x0015.4\0' +
        'S\0\0\0\x19client_encoding\0UTF8\0' +
        'K\0\0\0\x0c\0\0\0\0\0\0\0\0' +
        'Z\0\0\0\x05I',
    );
  });

  test('declines encryption, also when the requests come in pieces', async () => {
    const bytes = Buffer.concat([request(80877103), request(80877104)]);
    for (const byte of bytes) lent.write(Buffer.from([byte]));
    expect(await next(lent)).toBe('NN');
  });

  test('talks a client down to protocol 3.0', async () => {
    lent.write(startup(2, 'user', 'x', '_pq_.extra', '1'));
    expect((await next(lent)).startsWith('v\0\0\0\x17\0\x03\0\0\0\0\0\x01_pq_.extra\0R')).toBe(true);
  });

  test('passes on everything after that, both ways', async () => {
    lent.write(Buffer.concat([startup(0, 'user', 'x'), Buffer.from('Qquery')]));
    await next(lent);
    expect(await next(server)).toBe('Qquery');
    server.write('answer');
    expect(await next(lent)).toBe('answer');
    lent.write('Xbye');
    expect(await next(server)).toBe('Xbye');
  });

  test('keeps what the server says first until the client has started', async () => {
    server.write('N-early');
    lent.write(startup(0, 'user', 'x'));
    expect(await next(lent)).toMatch(/^R/);
    expect(await next(lent)).toBe('N-early');
  });

  test('refuses what is no start of a conversation', async () => {
    lent.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    const [error] = (await once(lent, 'error')) as [unknown];
    expect(error).toMatchObject({ code: 'schema_dump_failed' });
  });

  test('stops reading the server when the client does not read', async () => {
    lent.write(startup(0, 'user', 'x'));
    let isTaken = true;
    for (let written = 0; isTaken && written < 100; written += 1) {
      isTaken = server.write(Buffer.alloc(64 * 1024));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(isTaken).toBe(false);
    expect(lent.readableLength).toBeLessThan(1024 * 1024);
  });

  test('remembers what the server refused, however the bytes arrive', async () => {
    lent.write(startup(0, 'user', 'x'));
    const bytes = Buffer.concat([
      Buffer.from('Z\0\0\0\x05I'),
      Buffer.from('D\0\0\0\x0aEEEEEE'),
      errorResponse('SERROR', 'C42501', 'Mzugriff verweigert'),
      Buffer.from('Z\0\0\0\x05E'),
    ]);
    for (const byte of bytes) server.write(Buffer.from([byte]));
    let received = await next(lent);
    while (!received.endsWith('\x05E')) received += await next(lent);
    expect(lent.serverError).toEqual({ sqlState: '42501', message: 'zugriff verweigert' });
    expect(lent.isServerGone).toBe(false);
  });

  test('ends when the server ends', async () => {
    lent.write(startup(0, 'user', 'x'));
    await next(lent);
    server.resume();
    server.end();
    lent.resume();
    await once(lent, 'close');
    expect(lent.isServerGone).toBe(true);
  });
});
