import { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { ReplicationStream } from './replication-stream.ts';

function newStream(): ReplicationStream {
  return new ReplicationStream({ sql: '', from: 0n, statusIntervalMs: 1000 });
}

describe('a wait for what the source sends', () => {
  it('is ended by a wake that comes before it or during it, once', async () => {
    const stream = newStream();
    stream.wake();
    expect(await stream.next()).toEqual([]);
    const waiting = stream.next();
    const early = await Promise.race([waiting, Promise.resolve('still waiting')]);
    expect(early).toBe('still waiting');
    stream.wake();
    expect(await waiting).toEqual([]);
  });

  it('fails with the connection, before and after', async () => {
    const stream = newStream();
    const waiting = stream.next();
    stream.fail(new Error('lost'));
    await expect(waiting).rejects.toThrow('lost');
    await expect(stream.next()).rejects.toThrow('lost');
    await expect(stream.started).rejects.toThrow('lost');
  });
});

it('tells a change that it cannot read from a connection that is lost', async () => {
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  socket.on('data', () => undefined);
  const stream = newStream();
  stream.submit({ stream: socket, query: () => undefined } as unknown as pg.Connection);
  const waiting = stream.next();
  const position = Buffer.alloc(24);
  const update = Buffer.concat([Buffer.from('w'), position, Buffer.from('U'), Buffer.alloc(2)]);
  const header = Buffer.from([0x64, 0, 0, 0, update.length + 4]);
  socket.emit('data', Buffer.concat([header, update]));
  await expect(waiting).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('report'),
  });
});
