import {
  lendConnection,
  recordParameters,
  type Lend,
  type ServerParameters,
} from '../schema/lent-connection.ts';
import type { Server } from '../session/server.ts';

/** Sessions of a server for pg_dump: opened, authenticated and set up by us, then given away. */
export function lendFrom(server: Server): Lend {
  return async () => {
    let parameters: ServerParameters = new Map();
    const session = await server.open({
      onClient: (client) => {
        parameters = recordParameters(client);
      },
    });
    server.release(session);
    return lendConnection(session.client, parameters);
  };
}
