import { describe, expect, test } from '@jest/globals';
import { Secret } from '@seren-replicator/job-models';
import { randomBytes } from 'node:crypto';
import { localKeySealer } from './local-key-sealer.ts';
import type { SealContext } from './url-sealer.ts';

const context: SealContext = { jobId: 'job-1', side: 'source' };
const url = new Secret("postgresql://me:p%25%22'ü@host/db?application_name=ü");
const sealer = localKeySealer(randomBytes(32));

describe('a sealed URL', () => {
  test('opens for its job and side to what was sealed', async () => {
    const opened = await sealer.open(context, await sealer.seal(context, url));
    expect(opened.reveal()).toBe(url.reveal());
  });

  test('shows nothing of what is in it, and no two are the same', async () => {
    const [first, second] = [await sealer.seal(context, url), await sealer.seal(context, url)];
    expect(first).toMatch(/^local-v1:[\w-]+$/);
    expect(first).not.toBe(second);
    expect(Buffer.from(first.slice(9), 'base64url').includes('host')).toBe(false);
  });

  test.each<[string, SealContext]>([
    ['another job', { ...context, jobId: 'job-2' }],
    ['the other side', { ...context, side: 'target' }],
  ])('does not open for %s', async (_, other) => {
    const sealed = await sealer.seal(context, url);
    await expect(sealer.open(other, sealed)).rejects.toMatchObject({ code: 'seal_broken' });
  });

  test('does not open with another key', async () => {
    const sealed = await localKeySealer(randomBytes(32)).seal(context, url);
    await expect(sealer.open(context, sealed)).rejects.toMatchObject({ code: 'seal_broken' });
  });

  test('does not open when any of its bytes was changed', async () => {
    const sealed = await sealer.seal(context, new Secret('x'));
    const envelope = Buffer.from(sealed.slice(9), 'base64url');
    for (const index of envelope.keys()) {
      const changed = Buffer.from(envelope);
      changed[index] = (changed[index] ?? 0) ^ 1;
      const text = `local-v1:${changed.toString('base64url')}`;
      await expect(sealer.open(context, text)).rejects.toMatchObject({ code: 'seal_broken' });
    }
  });

  test.each(['', 'local-v1:', 'local-v1:AAAA', 'kms-v1:AAAA', 'postgresql://me:secret@host/db'])(
    'is not %j, and the refusal does not repeat it',
    async (text) => {
      const refusal = expect(sealer.open(context, text)).rejects;
      await refusal.toMatchObject({
        code: 'seal_broken',
        message: expect.not.stringContaining('secret'),
      });
    },
  );
});
