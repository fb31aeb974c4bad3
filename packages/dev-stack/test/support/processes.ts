import { readdir, readFile } from 'node:fs/promises';

export interface FoundProcess {
  pid: number;
  commandLine: string;
}

/**
 * The processes whose command line or environment holds the text: with the path of a data directory, all that a dev
 * stack started. Reads Linux's /proc, as the emulator runs on Linux alone.
 */
export async function processesWith(text: string): Promise<FoundProcess[]> {
  const found: FoundProcess[] = [];
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const [commandLine, environment] = await Promise.all([read(pid, 'cmdline'), read(pid, 'environ')]);
    if (commandLine.includes(text) || environment.includes(text)) {
      found.push({ pid, commandLine: commandLine.replaceAll('\0', ' ') });
    }
  }
  return found;
}

/** Empty for a process that has ended, also while it waits for its parent to notice. */
async function read(pid: number, file: 'cmdline' | 'environ'): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
