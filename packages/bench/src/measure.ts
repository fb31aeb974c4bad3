import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresServer } from '@seren-replicator/local-servers';
import type { Contender, CopyTask } from './contenders.ts';
import type { EngineFigures } from './run-engine.ts';

/** Linux counts processor time in ticks of 10 ms. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICKS_PER_SECOND = 100;

/** A server knows of a session's processor time when it has noticed its end. */
const REAPED_AFTER_MS = 200;

export interface Measurement {
  seconds: number;
  /** What both servers' processes used meanwhile. */
  serverCpuSeconds: number;
  /** Of the tool's own process; only where the tool tells. */
  engine: EngineFigures | undefined;
}

export async function measure(
  contender: Contender,
  task: CopyTask,
  servers: readonly PostgresServer[],
): Promise<Measurement> {
  const cpuBefore = await cpuSecondsOf(servers);
  const startedAt = performance.now();
  const engine = await contender.run(task);
  const seconds = (performance.now() - startedAt) / 1000;
  await sleep(REAPED_AFTER_MS);
  return { seconds, serverCpuSeconds: (await cpuSecondsOf(servers)) - cpuBefore, engine };
}

/** Of the servers' main processes and all the sessions that they have reaped. */
async function cpuSecondsOf(servers: readonly PostgresServer[]): Promise<number> {
  let ticks = 0;
  for (const { pid } of servers) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field, in parentheses, may hold spaces; utime, stime, cutime and cstime are fields 14 to 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  }
  return ticks / TICKS_PER_SECOND;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
