/**
 * A TCP proxy between a client and its broker that can lose what a real network loses: the answer to one kind of request, or
 * the request itself, which it can also deliver much too late. It understands as much of the protocol as it needs: frames with
 * their length in front, and the kind of request at the front of each.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { BrokerDialer } from '../../kafka/requests.ts';

/** Kafka's numbers for the requests these tests lose. */
export const apiKeys = { produce: 0, endTxn: 26, txnOffsetCommit: 28 } as const;

type Fault = { readonly apiKey: number; readonly lose: 'answer' | 'request' };

export class BrokerProxy {
  readonly #broker: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => Promise<Buffer>)[] = [];
  #fault: Fault | null = null;
  #isDown = false;

  private constructor(broker: string) {
    const colon = broker.lastIndexOf(':');
    this.#broker = { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
    this.#server = createServer((client) => this.#serve(client));
  }

  static async before(broker: string): Promise<BrokerProxy> {
    const proxy = new BrokerProxy(broker);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** Sends every connection through the proxy, whatever address the cluster advertises. */
  through(inner: BrokerDialer): BrokerDialer {
    const { port } = this;
    return { dial: (_address, options) => inner.dial({ host: '127.0.0.1', port }, options) };
  }

  /** The next request of this kind is lost, or it arrives and its answer is lost. */
  loseNext(fault: Fault): void {
    this.#fault = fault;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection, and new ones too while it is `down`, as a network does that has given up. */
  cut(isDown = false): void {
    this.#isDown = isDown;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** True once the fault has hit; a fault test counts only then. */
  get hasHit(): boolean {
    return this.#fault === null;
  }

  /** Delivers the requests that were lost, each on a connection of its own; resolves with the broker's answers. */
  async deliverLost(): Promise<Buffer[]> {
    return Promise.all(this.#held.splice(0).map((deliver) => deliver()));
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    if (this.#isDown) {
      client.destroy();
      return;
    }
    const broker = this.#connect();
    let isDeaf = false;
    this.#track(client);
    broker.on('data', (chunk: Buffer) => void (isDeaf || client.write(chunk)));
    client.on('close', () => broker.destroy());
    broker.on('close', () => client.destroy());
    onFrames(client, (frame) => {
      const lost = this.#fault?.apiKey === frame.readInt16BE(4) ? this.#fault.lose : null;
      if (lost !== null) this.#fault = null;
      if (lost === 'answer') isDeaf = true;
      if (lost === 'request') this.#held.push(() => this.#ask(frame));
      else broker.write(frame);
    });
  }

  async #ask(frame: Buffer): Promise<Buffer> {
    const broker = this.#connect();
    broker.write(frame);
    const [answer] = (await once(broker, 'data')) as [Buffer];
    broker.destroy();
    return answer;
  }

  #connect(): Socket {
    return this.#track(connect(this.#broker.port, this.#broker.host));
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

/** Calls `take` with every complete frame, its length included. */
function onFrames(socket: Socket, take: (frame: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
      const length = 4 + pending.readInt32BE(0);
      take(pending.subarray(0, length));
      pending = pending.subarray(length);
    }
  });
}
