/**
 * Thousands of worlds in which everything goes wrong that can, each by its own seed. A world that breaks a rule is
 * played again alone by `SEREN_INTERLEAVING_SEED=<seed>`.
 */
import { expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { World } from './interleavings/world.ts';

const WORLDS = process.env['SEREN_SOAK'] === undefined ? 2_000 : 50_000;
const only = process.env['SEREN_INTERLEAVING_SEED'];
const firstSeed = only === undefined ? randomInt(2 ** 31) : Number(only);
const count = only === undefined ? WORLDS : 1;

/** A test of lost, repeated and reordered messages has to have met them. */
const mustHaveHappened = [
  'lost request',
  'lost answer',
  'repeated request',
  'late duplicate',
  'two machines for one attempt',
  'machine without a worker',
  'worker asleep',
  'worker crashed',
  'cancel',
  'next attempt',
  'losses forgotten',
  'completed',
  'cancelled',
  'failed: copy_failed',
  'failed: timeout',
  'failed: worker_lost',
  'failed: worker_start_failed',
];

test(
  `in ${count} worlds from seed ${firstSeed} every job ends once, by one worker at a time, and no machine is left`,
  async () => {
    const broken: string[] = [];
    const happened = new Set<string>();
    for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
      const world = new World(seed);
      await world.play();
      for (const what of world.happened) happened.add(what);
      if (world.violations.length > 0)
        broken.push(`seed ${seed}: ${world.violations.slice(0, 3).join('; ')}`);
    }
    expect(broken.slice(0, 5)).toEqual([]);
    if (only === undefined) expect([...happened].toSorted()).toEqual(mustHaveHappened.toSorted());
  },
  60 * 60_000,
);
