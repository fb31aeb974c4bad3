import { expect, test } from '@jest/globals';
import { createLineDisplay } from './line-display.ts';
import { waitingProgress } from './progress-display.ts';

const linesOf = (updates: readonly [seconds: number, phase: string, tables: number][]): string[] => {
  const lines: string[] = [];
  let nowMs = 0;
  const display = createLineDisplay(
    (line) => lines.push(line),
    () => nowMs,
  );
  for (const [seconds, phase, tables] of updates) {
    nowMs = seconds * 1000;
    display.update({ ...waitingProgress(phase), tables_completed: tables, tables_total: 4 });
  }
  display.close();
  return lines;
};

test('there is a line for a new phase at once, and for an old one every ten seconds', () => {
  expect(
    linesOf([
      [0, 'copy', 0],
      [1, 'copy', 1],
      [9, 'copy', 2],
      [10, 'copy', 3],
      [11, 'verify', 0],
    ]),
  ).toEqual(['copy: 0%, 0 of 4 tables', 'copy: 75%, 3 of 4 tables', 'verify: 0%, 0 of 4 tables']);
});

test('a line is repeated once a minute only', () => {
  expect(
    linesOf([
      [0, 'copy', 1],
      [20, 'copy', 1],
      [59, 'copy', 1],
      [60, 'copy', 1],
    ]),
  ).toHaveLength(2);
});

test('names cannot break a line', () => {
  expect(linesOf([[0, 'copy\n\u001b[2J', 1]])).toEqual(['copy\\n\\x1b[2J: 25%, 1 of 4 tables']);
});

test('a phase that brings no new figures is its name alone', () => {
  expect(
    linesOf([
      [0, 'copy', 4],
      [1, 'sequences', 4],
      [2, 'verify', 0],
    ]),
  ).toEqual(['copy: 100%, 4 of 4 tables', 'sequences', 'verify: 0%, 0 of 4 tables']);
});
