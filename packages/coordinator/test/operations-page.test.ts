import { describe, expect, test } from '@jest/globals';
import { ERROR_CODES } from '@seren-replicator/job-models';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { metricUnits } from '../src/index.ts';

const root = join(import.meta.dirname, '../../..');
const page = await readFile(join(root, 'docs/operations.md'), 'utf8');
const definitions = await readFile(join(root, 'infra/components/alarm-definitions.ts'), 'utf8');

describe('the page for operators', () => {
  test('has a row for every error code, and for no other', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` +\|/gm)].map(([, code]) => code);
    expect(rows.toSorted()).toEqual(ERROR_CODES.toSorted());
  });

  test('has a section for every alarm, and for no other', () => {
    const alarms = [...definitions.matchAll(/^ +name: '([\w-]+)'/gm)].map(([, name]) => name);
    const sections = [...page.matchAll(/^### ([a-z0-9-]+)$/gm)].map(([, name]) => name);
    expect(alarms.length).toBeGreaterThan(5);
    expect(sections.toSorted()).toEqual(alarms.toSorted());
  });
});

test('every metric of an alarm in the service’s own namespace is one that the service has', () => {
  const ours = [...definitions.matchAll(/namespace: METRICS_NAMESPACE,\s+metric: '(\w+)'/g)].map(
    ([, name]) => name,
  );
  expect(ours.length).toBeGreaterThan(1);
  expect(Object.keys(metricUnits)).toEqual(expect.arrayContaining(ours));
});
