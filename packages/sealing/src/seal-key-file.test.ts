import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSealKey, readSealKey } from './seal-key-file.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seren-seal-key-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('a new key is readable by its owner alone, and read back the same each time', async () => {
  const path = join(directory, 'new');
  await createSealKey(path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const key = await readSealKey(path);
  expect(key).toHaveLength(32);
  expect(await readSealKey(path)).toEqual(key);
});

test('a key that is there is never replaced', async () => {
  const path = join(directory, 'kept');
  await createSealKey(path);
  await expect(createSealKey(path)).rejects.toMatchObject({ code: 'EEXIST' });
});

test('a key that others can read is refused', async () => {
  const path = join(directory, 'open');
  await createSealKey(path);
  await chmod(path, 0o640);
  await expect(readSealKey(path)).rejects.toMatchObject({ code: 'invalid_config' });
});

test('a file without a key is refused, and its content not repeated', async () => {
  const path = join(directory, 'empty');
  await writeFile(path, 'c2VjcmV0', { mode: 0o600 });
  const refusal = await readSealKey(path).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'invalid_config' });
  expect(String(refusal)).not.toContain('c2VjcmV0');
});
