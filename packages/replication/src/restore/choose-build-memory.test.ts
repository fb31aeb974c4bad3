import { describe, expect, it } from '@jest/globals';
import { chooseBuildMemory } from './choose-build-memory.ts';

const MB = 1024 * 1024;
const GB = 1024 * MB;
const memory = { sharedBufferBytes: GB, maintenanceBytes: GB, limitsTemporaryFiles: false };
const btree = { method: 'btree', bytes: 10 * MB };

function megabytes(input: Partial<Parameters<typeof chooseBuildMemory>[0]>): number | null {
  const chosen = chooseBuildMemory({ index: btree, tableBytes: 100 * MB, memory, ...input });
  return chosen === null ? null : Math.round(chosen / MB);
}

describe('chooseBuildMemory', () => {
  it('takes for a sort what lets its runs be merged in one pass, and no less than caches hold', () => {
    expect(megabytes({ tableBytes: 0 })).toBe(8);
    expect(megabytes({ tableBytes: 100 * MB })).toBe(8);
    // 2 GB are 87 runs of 23 MB, and 87 buffers of 272 kB are 23 MB.
    expect(megabytes({ tableBytes: GB })).toBe(23);
    expect(megabytes({ tableBytes: 100 * GB })).toBe(233);
  });

  it('takes little for an inverted index only where it stays in shared memory', () => {
    expect(megabytes({ index: { method: 'gin', bytes: 256 * MB } })).toBe(8);
    expect(megabytes({ index: { method: 'gin', bytes: 257 * MB } })).toBeNull();
  });

  it('never takes more than the server gives', () => {
    expect(megabytes({ memory: { ...memory, maintenanceBytes: 9 * MB } })).toBe(8);
    expect(megabytes({ memory: { ...memory, maintenanceBytes: 8 * MB } })).toBeNull();
    expect(megabytes({ tableBytes: 20_000 * GB })).toBeNull();
  });

  it('leaves alone what is not known to do with less', () => {
    expect(megabytes({ index: { method: 'gist', bytes: MB } })).toBeNull();
    expect(megabytes({ index: { method: 'hnsw', bytes: MB } })).toBeNull();
    expect(megabytes({ memory: { ...memory, limitsTemporaryFiles: true } })).toBeNull();
  });
});
