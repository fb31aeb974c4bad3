import { afterAll, beforeAll } from '@jest/globals';
import type { PostgresMajor, PostgresSettings } from '@seren-replicator/local-servers';
import { startServerPair, type BothServers, type ServerPair } from './database-pair.ts';

/** Two servers for all tests of a file: they are there from its first test on, and stopped after its last. */
export function useServerPair(
  sourceMajor: PostgresMajor,
  targetMajor: PostgresMajor,
  settings: PostgresSettings = {},
): BothServers {
  let pair: ServerPair | undefined;
  beforeAll(async () => {
    pair = await startServerPair(sourceMajor, targetMajor, settings);
  });
  afterAll(() => pair?.stop());
  const started = (): ServerPair => {
    if (pair === undefined) throw new Error('the servers are there once the tests run');
    return pair;
  };
  return {
    get source() {
      return started().source;
    },
    get target() {
      return started().target;
    },
  };
}
