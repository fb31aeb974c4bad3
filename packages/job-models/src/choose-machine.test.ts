import { expect, test } from '@jest/globals';
import { chooseMachine, machineSizes } from './choose-machine.ts';

const GIB = 2 ** 30;

test('a larger job gets a larger machine, one of unknown size the smallest', () => {
  const sizes = [0, 100 * GIB, 100 * GIB + 1, 1_000 * GIB, 1_000 * GIB + 1, Number.MAX_SAFE_INTEGER];
  const chosen = sizes.map((bytes) => machineSizes.indexOf(chooseMachine(bytes)));
  expect(chosen).toEqual([0, 0, 1, 1, 2, 2]);
});

test('what is taken instead has the same size, and is another type', () => {
  for (const { instanceType, alternatives } of machineSizes) {
    const sizes = [instanceType, ...alternatives].map((type) => type.split('.')[1]);
    expect(new Set(sizes).size).toBe(1);
    expect(new Set([instanceType, ...alternatives]).size).toBe(1 + alternatives.length);
  }
});
