import type { LookupFunction, TcpSocketConnectOpts } from 'node:net';
import { RecyclingSocket } from './recycling-socket.ts';

/**
 * A socket that knows its host's addresses and asks no resolver again: between two questions a name may come to mean
 * something else. The name itself stays what it is, as TLS compares it with the certificate.
 */
export class PinnedSocket extends RecyclingSocket {
  readonly #lookup: LookupFunction;

  constructor(addresses: readonly { address: string; family: number }[]) {
    super();
    this.#lookup = (_host, { all }, callback) => {
      const [first] = addresses;
      if (all === true) callback(null, [...addresses]);
      else callback(null, first?.address ?? '', first?.family);
    };
  }

  /** As pg calls it: port and host. */
  override connect(...target: unknown[]): this {
    const [port, host] = target;
    const options: TcpSocketConnectOpts = { port: Number(port), host: String(host), lookup: this.#lookup };
    return super.connect(options);
  }
}
