import type { Work } from '@seren-replicator/coordinator';
import { join } from 'node:path';

/** What the worker of an attempt writes to its standard streams. */
export function workerLogFile(logDirectory: string, { jobId, attempt }: Work): string {
  return join(logDirectory, `${jobId}-${attempt}.log`);
}
