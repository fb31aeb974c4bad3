import { expect, test } from '@jest/globals';
import { chooseMachine, machineSizes } from '@seren-replicator/job-models';
import { priceList } from './price-list.ts';
import { estimateJob } from './estimate-job.ts';

const database = (gigabytes: number) => ({
  database: 'shop',
  tables: 3,
  table_bytes: gigabytes * 1e9,
  index_bytes: 0,
  large_object_bytes: 0,
  seconds: gigabytes * 20,
});

test('a larger job takes longer, a larger machine and more money', () => {
  const sizes = [1, 100, 1_000, 10_000].map((gigabytes) =>
    estimateJob([database(gigabytes)], { verify: true }),
  );
  for (const [index, estimate] of sizes.slice(1).entries()) {
    expect(estimate.seconds).toBeGreaterThan(sizes[index]?.seconds ?? Infinity);
    expect(estimate.cost.machine).toBeGreaterThan(sizes[index]?.cost.machine ?? Infinity);
  }
  expect(sizes.map(({ instance_type }) => instance_type)).toEqual(
    [1e9, 1e11, 1e12, 1e13].map((bytes) => chooseMachine(bytes).instanceType),
  );
});

test('a copy without its comparison takes less', () => {
  const [with_, without] = [true, false].map((verify) => estimateJob([database(100)], { verify }));
  expect(without?.seconds).toBeLessThan(with_?.seconds ?? 0);
});

test('databases add up', () => {
  const two = estimateJob([database(6), database(6)], { verify: false });
  expect(two).toMatchObject({ estimated_size_bytes: 12e9, seconds: 360 });
});

test('every machine that a job may get has a price', () => {
  for (const { instanceType } of machineSizes)
    expect(priceList.dollarsPerHour[instanceType]).toBeGreaterThan(0);
});
