import { pino, type Logger } from 'pino';
import type { LogShipper } from './ship-log.ts';

/** Fields that may hold a credential, wherever one might come to stand. Messages are constant and hold none. */
const SECRET_FIELDS = [
  'password',
  'url',
  'source_url',
  'target_url',
  'sourceUrl',
  'targetUrl',
  'connectionString',
  'sealed_source_url',
  'sealed_target_url',
];

export interface LogInput {
  level: string;
  jobId: string;
  attempt: number;
  /** Where lines go besides standard output. */
  shipper: Pick<LogShipper, 'write'> | null;
}

/** JSON lines on standard output, written at once: a worker that is killed has said what it had to say. */
export function createLog({ level, shipper, ...base }: LogInput): Logger {
  const output = pino.destination({ fd: 1, sync: true });
  const streams = [
    { level: 'debug', stream: output },
    ...(shipper === null ? [] : [{ level: 'debug', stream: shipper }]),
  ];
  return pino(
    {
      level,
      base,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '***' },
    },
    pino.multistream(streams),
  );
}
