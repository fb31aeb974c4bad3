/** Log lines of workers from the files that `ChildProcessFleet` lets them write; a position is a byte. */
import { invalidCursor, type JobLogs, type LogLine } from '@seren-replicator/coordinator';
import { open, type FileHandle } from 'node:fs/promises';
import { workerLogFile } from './worker-log-file.ts';

const CHUNK_BYTES = 256 * 1_024;
const LINE_FEED = 0x0a;

export function fileJobLogs(logDirectory: string): JobLogs {
  return {
    read: async (place, { position, limit }) => {
      const start = readPosition(position);
      const file = await openIfThere(workerLogFile(logDirectory, place));
      if (file === null) return { lines: [], position: null };
      try {
        const { lines, bytes } = await readLines(file, start, limit);
        return { lines, position: String(start + bytes) };
      } finally {
        await file.close();
      }
    },
  };
}

function readPosition(position: string | null): number {
  if (position === null) return 0;
  if (!/^\d{1,15}$/.test(position)) throw invalidCursor();
  return Number(position);
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whole lines; one that is still being written is left for later, one that no chunk holds is cut. */
async function readLines(
  file: FileHandle,
  start: number,
  limit: number,
): Promise<{ lines: LogLine[]; bytes: number }> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, start);
  const lines: LogLine[] = [];
  let end = 0;
  while (lines.length < limit) {
    const next = chunk.subarray(0, bytesRead).indexOf(LINE_FEED, end);
    if (next === -1) break;
    if (next > end) lines.push({ text: chunk.toString('utf8', end, next), at: null });
    end = next + 1;
  }
  if (end === 0 && bytesRead === CHUNK_BYTES) {
    return { lines: [{ text: chunk.toString('utf8'), at: null }], bytes: bytesRead };
  }
  return { lines, bytes: end };
}
