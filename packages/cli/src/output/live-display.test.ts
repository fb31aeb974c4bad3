import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createLiveDisplay, formatLines } from './live-display.ts';
import { Output } from './output.ts';
import { waitingProgress } from './progress-display.ts';

const active = ['a', 'b', 'c', 'd', 'e'].map((table) => ({
  table: `public.${table}`,
  phase: 'copy',
  bytes_copied: 1_000,
  bytes_total: 4_000,
}));
const copying = { ...waitingProgress('copy'), tables_total: 8, tables_completed: 2, active };

test('shows a bar, figures and the first four tables', () => {
  expect(formatLines(copying, null)).toEqual([
    'copy  ███████░░░░░░░░░░░░░░░░░░░░░░░  25%',
    '  2 of 8 tables',
    '    public.a  copy  1 kB of 4 kB',
    '    public.b  copy  1 kB of 4 kB',
    '    public.c  copy  1 kB of 4 kB',
    '    public.d  copy  1 kB of 4 kB',
  ]);
});

test('a long name is cut, and control characters are shown as text', () => {
  const [table] = active.map((one) => ({ ...one, table: `\u001b[2J${'x'.repeat(60)}` }));
  const line = formatLines({ ...copying, active: table === undefined ? [] : [table] }, null).at(-1);
  expect(line).toMatch(/^ {4}\\x1b\[2Jx+… {2}copy/);
});

test('draws on the terminal, lets warnings through, and leaves nothing but them behind', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const output = new Output({ stdout: stream, stderr: stream, env: {} }, {});
  const display = createLiveDisplay(output, stream, () => 0);
  display.update(copying);
  output.warn('something happened');
  display.close();
  const written = String(stream.read());
  expect(written).toContain('something happened\n');
  expect(written).toContain('2 of 8 tables');
  const [, afterLastDrawing = ''] = written.split(/public\.d(?!.*public\.d)/s);
  expect(afterLastDrawing).toContain('\u001b[?25h');
  expect(afterLastDrawing).toContain('\u001b[0J');
});
