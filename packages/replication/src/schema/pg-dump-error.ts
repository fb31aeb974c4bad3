import { ReplicatorError, type ErrorCode } from '@seren-replicator/job-models';
import type { LentConnection } from './lent-connection.ts';

interface Explanation {
  code: ErrorCode;
  advice: string;
}

const lockTimeout: Explanation = {
  code: 'schema_dump_failed',
  advice:
    'another session holds or awaits a lock on that table: let it finish, then run the same command again',
};
const connectionLost: Explanation = {
  code: 'connection_lost',
  advice: 'check the network and the source server, then run the same command again',
};
const wrongEncoding: Explanation = {
  code: 'schema_dump_failed',
  advice:
    'a name or definition of the source is not valid in its encoding or has no form in UTF-8: mend it there',
};

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const explanations: ReadonlyMap<string, Explanation> = new Map<string, Explanation>([
  [
    '42501',
    {
      code: 'permission_denied',
      advice:
        'pg_dump locks every table: grant SELECT on all of them to the source role, or use another role',
    },
  ],
  ['55P03', lockTimeout],
  ['57014', lockTimeout], // pg_dump limits the wait for its locks by statement_timeout
  ['22021', wrongEncoding],
  ['22P05', wrongEncoding],
  ['57P01', connectionLost],
  ['57P02', connectionLost],
]);

const unexplained: Explanation = {
  code: 'schema_dump_failed',
  advice: 'mend what it names on the source, then run the same command again',
};

const MAX_MESSAGE_LENGTH = 1_000;

/**
 * Why a pg_dump that worked on this connection ended badly: the server's own words when it refused something,
 * pg_dump's otherwise. Neither has ever seen a password.
 */
export function pgDumpError(messages: string, connection: LentConnection): ReplicatorError {
  const refusal = connection.serverError;
  const explanation = explain(refusal?.sqlState, connection);
  const words = firstOf(refusal?.message, messages, 'it ended without a word');
  return new ReplicatorError(
    explanation.code,
    `The schema of the source could not be dumped: ${words}; ${explanation.advice}.`,
    { cause: new Error(messages) },
  );
}

function explain(sqlState: string | undefined, connection: LentConnection): Explanation {
  if (sqlState !== undefined) {
    return explanations.get(sqlState) ?? (sqlState.startsWith('08') ? connectionLost : unexplained);
  }
  return connection.isServerGone ? connectionLost : unexplained;
}

function firstOf(...texts: (string | undefined)[]): string {
  const text = texts.find((candidate) => candidate !== undefined && candidate.trim() !== '') ?? '';
  return text
    .trim()
    .replace(/[.\s]+$/, '')
    .slice(0, MAX_MESSAGE_LENGTH);
}
