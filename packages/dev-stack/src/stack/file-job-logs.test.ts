import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileJobLogs } from './file-job-logs.ts';
import { workerLogFile } from './worker-log-file.ts';

let directory: string;
let jobs = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seren-job-logs-'));
});
afterAll(() => rm(directory, { recursive: true }));

const placeOf = (jobId: string) => ({ jobId, attempt: 1 });
const read = async (jobId: string, position: string | null, limit = 10) => {
  const page = await fileJobLogs(directory).read(placeOf(jobId), { position, limit });
  return { ...page, lines: page.lines.map(({ text }) => text) };
};
async function logOf(text: string): Promise<{ jobId: string; append: (more: string) => Promise<void> }> {
  const jobId = `job-${(jobs += 1)}`;
  const file = workerLogFile(directory, placeOf(jobId));
  await writeFile(file, text);
  return { jobId, append: (more) => appendFile(file, more) };
}

describe('a worker’s log', () => {
  test('is read line by line, page by page, and on from its end', async () => {
    const { jobId, append } = await logOf('1\n2\n\n3\n');
    const first = await read(jobId, null, 2);
    const second = await read(jobId, first.position, 2);
    const atEnd = await read(jobId, second.position);
    expect([first, second, atEnd].map(({ lines }) => lines)).toEqual([['1', '2'], ['3'], []]);
    await append('4\n');
    expect((await read(jobId, atEnd.position)).lines).toEqual(['4']);
  });

  test('does not show a line before it is whole, whatever its characters', async () => {
    const { jobId, append } = await logOf('whole\nhalf ü');
    const first = await read(jobId, null);
    expect(first.lines).toEqual(['whole']);
    await append(' and the rest\n');
    expect((await read(jobId, first.position)).lines).toEqual(['half ü and the rest']);
  });

  test('goes on behind a line that is longer than what is read at once', async () => {
    const { jobId } = await logOf(`${'x'.repeat(600_000)}\nlast\n`);
    const texts: string[] = [];
    let position: string | null = null;
    for (let pages = 0; pages < 10; pages += 1) {
      const page: Awaited<ReturnType<typeof read>> = await read(jobId, position);
      texts.push(...page.lines);
      ({ position } = page);
    }
    expect(texts.join('')).toBe(`${'x'.repeat(600_000)}last`);
  });

  test('that is not there is empty, and a position that is none is refused', async () => {
    expect(await read('nobody', null)).toEqual({ lines: [], position: null });
    await expect(read('nobody', '-1')).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
