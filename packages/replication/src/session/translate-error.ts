/** Where errors of servers, sockets and TLS enter: each becomes a ReplicatorError that says where and what to do. */
import { ReplicatorError, type ErrorCode } from '@seren-replicator/job-models';
import pg from 'pg';

/** A deadline of ours that passed; Node.js and pg have no error of their own for it. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

interface Translation {
  code: ErrorCode;
  advice: string;
}

const bySqlState: Record<string, Translation> = {
  '28P01': { code: 'authentication_failed', advice: 'check user name and password in the URL' },
  '28000': {
    code: 'authentication_failed',
    advice: 'check the user name, and that pg_hba.conf lets this machine in',
  },
  '3D000': {
    code: 'database_missing',
    advice: 'check the database name at the end of the URL, or create it',
  },
  '53300': {
    code: 'too_many_connections',
    advice: 'lower --jobs, close other sessions or raise max_connections',
  },
  '42501': { code: 'permission_denied', advice: 'grant the privilege to this role, or use another role' },
  '53100': {
    code: 'disk_full',
    advice: 'free or add disk space on that server, then run the same command again',
  },
  '53200': {
    code: 'query_failed',
    advice: 'raise max_locks_per_transaction there if it is shared memory, then run the same command again',
  },
  '55P03': {
    code: 'query_failed',
    advice:
      'somebody holds a lock there, or waits for one: let them finish or end them, then run the same command again',
  },
  '57P01': { code: 'connection_lost', advice: 'run the same command again' },
  '57P02': { code: 'connection_lost', advice: 'run the same command again' },
  '57P05': { code: 'connection_lost', advice: 'run the same command again' },
  '57P03': {
    code: 'host_unreachable',
    advice: 'wait until the server has started, then run the same command again',
  },
  '42P01': {
    code: 'object_missing',
    advice: 'an object vanished during the run; run the same command again',
  },
  '3F000': {
    code: 'object_missing',
    advice: 'an object vanished during the run; run the same command again',
  },
};

const byNodeCode: Record<string, Translation> = {
  ENOTFOUND: { code: 'host_unknown', advice: 'check the spelling of the host in the URL' },
  EAI_AGAIN: {
    code: 'host_unknown',
    advice: 'check the spelling of the host in the URL, and name resolution here',
  },
  ENOENT: {
    code: 'host_unreachable',
    advice: 'check the socket directory in the URL, and that the server runs',
  },
  ECONNREFUSED: {
    code: 'host_unreachable',
    advice: 'check host and port in the URL, and that the server listens there',
  },
  ETIMEDOUT: { code: 'host_unreachable', advice: 'check host and port in the URL, and firewalls between' },
  EHOSTUNREACH: { code: 'host_unreachable', advice: 'check host and port in the URL, and the network' },
  ENETUNREACH: { code: 'host_unreachable', advice: 'check host and port in the URL, and the network' },
  ECONNRESET: {
    code: 'connection_lost',
    advice: 'check the network and the server, then run the same command again',
  },
  EPIPE: {
    code: 'connection_lost',
    advice: 'check the network and the server, then run the same command again',
  },
  EPROTO: { code: 'tls_failed', advice: 'check sslmode in the URL and the TLS versions of the server' },
};

/**
 * OpenSSL's verification failures as Node.js names them.
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const certificateCodes = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'HOSTNAME_MISMATCH',
]);

/** Node.js' own TLS errors, and OpenSSL's of the handshake and of certificate files. */
const TLS_CODE = /^ERR_(?:TLS|SSL|OSSL)_/;

/**
 * @param where what was spoken to, free of credentials: `source postgresql://***@host:5432/db`
 * @param doing what was attempted, as in `could not <doing>`
 */
export function translateError(error: unknown, where: string, doing: string): ReplicatorError {
  if (error instanceof ReplicatorError) return error;
  if (error instanceof DeadlineError) {
    return new ReplicatorError(
      'host_unreachable',
      `The ${where} did not answer in time: ${error.message}; check host and port in the URL, and firewalls between.`,
      { cause: error },
    );
  }
  const { code, advice } = classify(error);
  return new ReplicatorError(code, `The ${where} could not ${doing}: ${reasonOf(error)}; ${advice}.`, {
    cause: error,
  });
}

/** The SQLSTATE under a translated error; null when no server said it. */
export function sqlStateOf(error: ReplicatorError): string | null {
  return error.cause instanceof pg.DatabaseError ? codeOf(error.cause) : null;
}

/** True for errors after which the session is gone, whatever it was doing. */
export function isConnectionError(error: ReplicatorError): boolean {
  return error.code === 'connection_lost' || error.code === 'host_unreachable';
}

function classify(error: unknown): Translation {
  const code = codeOf(error);
  if (error instanceof pg.DatabaseError) {
    const known = bySqlState[code];
    if (known !== undefined) return known;
    if (code.startsWith('08')) {
      return {
        code: 'connection_lost',
        advice: 'check the network and the server, then run the same command again',
      };
    }
    return {
      code: 'query_failed',
      advice: `mend what PostgreSQL names (SQLSTATE ${code}) and run the same command again`,
    };
  }
  const known = byNodeCode[code];
  if (known !== undefined) return known;
  if (certificateCodes.has(code) || TLS_CODE.test(code)) {
    return {
      code: 'tls_failed',
      advice: 'check sslmode and sslrootcert in the URL, and the certificate of the server',
    };
  }
  return {
    code: 'connection_lost',
    advice: 'check the network and the server, then run the same command again',
  };
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return '';
}

/** PostgreSQL's own words, without DETAIL (it can hold rows); a socket error's message, else its code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const text = error.message === '' ? codeOf(error) : error.message;
  return text.replace(/[.\s]+$/, '');
}
