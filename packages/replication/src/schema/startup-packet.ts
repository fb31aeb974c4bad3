/**
 * The first messages of a connection, seen from the server: they have no type byte, and some are answered by one
 * byte. https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { ReplicatorError } from '@seren-replicator/job-models';

const SSL_REQUEST = 80877103;
const GSSENC_REQUEST = 80877104;
const PROTOCOL_MAJOR = 3;
/** PostgreSQL's own limit, MAX_STARTUP_PACKET_LENGTH. */
const MAX_STARTUP_BYTES = 10_000;

export type StartupMessage =
  /** Asks for encryption of a connection that does not leave this machine. */
  | { kind: 'encryption'; length: number }
  | { kind: 'startup'; length: number; minorVersion: number; extensions: string[] };

/**
 * The first message in the bytes, or null when it has not arrived whole.
 *
 * @throws ReplicatorError `schema_dump_failed` when it is nothing that a client starts with.
 */
export function readStartup(bytes: Buffer): StartupMessage | null {
  if (bytes.length < 8) return null;
  const length = bytes.readInt32BE(0);
  const code = bytes.readInt32BE(4);
  if (length < 8 || length > MAX_STARTUP_BYTES) throw notUnderstood();
  if (bytes.length < length) return null;
  if (code === SSL_REQUEST || code === GSSENC_REQUEST) return { kind: 'encryption', length };
  if (code >> 16 !== PROTOCOL_MAJOR) throw notUnderstood();
  const words = bytes.toString('utf8', 8, length).split('\0');
  const names = words.filter((_word, index) => index % 2 === 0);
  const extensions = names.filter((name) => name.startsWith('_pq_.'));
  return { kind: 'startup', length, minorVersion: code & 0xffff, extensions };
}

/** What a server that trusts the client answers, up to the point where it takes queries. */
export function startupAnswer(message: StartupMessage, parameters: ReadonlyMap<string, string>): Buffer {
  if (message.kind === 'encryption') return Buffer.from('N');
  const authenticationOk = frame('R', int32(0));
  const settings = [...parameters].map(([name, value]) => frame('S', cString(name), cString(value)));
  // Process and secret by which to cancel: zeros, for the session behind is not the client's to cancel.
  const keyData = frame('K', int32(0), int32(0));
  const readyForQuery = frame('Z', Buffer.from('I'));
  return Buffer.concat([negotiation(message), authenticationOk, ...settings, keyData, readyForQuery]);
}

/** A client may ask for a newer protocol than the session behind was opened with, which is always 3.0. */
function negotiation(message: { minorVersion: number; extensions: string[] }): Buffer {
  if (message.minorVersion === 0 && message.extensions.length === 0) return Buffer.alloc(0);
  const names = message.extensions.map(cString);
  return frame('v', int32(PROTOCOL_MAJOR << 16), int32(names.length), ...names);
}

function frame(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

function notUnderstood(): ReplicatorError {
  return new ReplicatorError(
    'schema_dump_failed',
    'pg_dump speaks a protocol that is not understood here; use the embedded pg_dump.',
  );
}
