/**
 * Asks a server whether it speaks TLS: SSLRequest, answered by one byte.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { HostAddress } from '@seren-replicator/job-models';
import { DeadlineError } from './translate-error.ts';

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** @throws the socket's error when the server cannot be reached; DeadlineError when it stays silent. */
export async function offersTls(address: HostAddress, deadlineMs: number): Promise<boolean> {
  const socket = connect({ host: address.host, port: address.port });
  socket.setTimeout(deadlineMs, () =>
    socket.destroy(new DeadlineError(`no connection within ${deadlineMs / 1000} s`)),
  );
  try {
    await once(socket, 'connect');
    socket.write(SSL_REQUEST);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer[0] === 'S'.charCodeAt(0);
  } finally {
    socket.destroy();
  }
}
