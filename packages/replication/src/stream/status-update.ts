/**
 * What goes to the source while its log is read.
 *
 * https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-START-REPLICATION
 */
const COPY_DATA = 'd'.charCodeAt(0);
const STANDBY_STATUS_UPDATE = 'r'.charCodeAt(0);
const LENGTH = 1 + 4 + 1 + 4 * 8 + 1;
/** Midnight on 1 January 2000, from which PostgreSQL counts microseconds. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

export interface StandbyStatus {
  received: bigint;
  /** Durable here: the source need not keep it for us. */
  flushed: bigint;
  /** The server is to answer at once. */
  wantsReply: boolean;
}

export function encodeStatusUpdate({ received, flushed, wantsReply }: StandbyStatus): Buffer {
  const bytes = Buffer.alloc(LENGTH);
  bytes[0] = COPY_DATA;
  bytes.writeUInt32BE(LENGTH - 1, 1);
  bytes[5] = STANDBY_STATUS_UPDATE;
  bytes.writeBigUInt64BE(received, 6);
  bytes.writeBigUInt64BE(flushed, 14);
  bytes.writeBigUInt64BE(flushed, 22);
  bytes.writeBigInt64BE(BigInt(Date.now() - EPOCH_MS) * 1000n, 30);
  bytes[38] = wantsReply ? 1 : 0;
  return bytes;
}
