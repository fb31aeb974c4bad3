import { describe, expect, it } from '@jest/globals';
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
