import { pino, type Logger } from 'pino';

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

/** JSON lines on standard output, written at once: a worker that is killed has said what it had to say. */
export function createLog(fields: { level: string; jobId: string; attempt: number }): Logger {
  const { level, ...base } = fields;
  return pino(
    {
      level,
      base,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '***' },
    },
    pino.destination({ fd: 1, sync: true }),
  );
}
