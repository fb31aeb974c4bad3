import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderInfrastructure } from '../preview/render-infrastructure.ts';

test('docs/infrastructure.md is what the program asks for; if not, run ./scripts/render-infrastructure', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/infrastructure.md'), 'utf8');
  const lines = page.split('\n');
  const expected = (await renderInfrastructure()).split('\n');
  const differing = expected.findIndex((line, index) => line !== lines[index]);
  expect({ line: differing + 1, text: lines[differing] }).toEqual({
    line: differing + 1,
    text: expected[differing],
  });
  expect(lines).toHaveLength(expected.length);
});
