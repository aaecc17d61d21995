/**
 * A TCP proxy between clients and their broker that can do what a real network does: lose the answer to one kind of request, or
 * the request itself, deliver it much too late, hold it. It also tells a test that a certain request is just passing, which
 * is how processes are killed at a point with a name. Frames of a connection keep their order, whatever is held.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { BrokerDialer } from '../kafka/requests.ts';
import { answeredId, onFrames, type RequestHeader, type RequestKind, requestHeader } from './frames.ts';

/** A request on its way to the broker, or the answer to it on its way back. */
export type Passing = Omit<RequestHeader, 'correlationId'> & {
  readonly side: 'request' | 'answer';
  readonly bytes: number;
};

/** What becomes of a frame. After 'silence' nothing passes on its connection any more, in that direction: TCP loses no middle. */
export type Verdict = 'pass' | 'silence';

type Interception = {
  readonly matches: (frame: Passing) => boolean;
  readonly act: (frame: Passing) => Verdict | Promise<Verdict>;
  readonly hit: (frame: Passing) => void;
};

type Fault = { readonly kind: RequestKind; readonly lose: 'answer' | 'request' };

export class BrokerProxy {
  readonly #broker: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => Promise<Buffer>)[] = [];
  readonly #interceptions = new Set<Interception>();
  #fault: Fault | null = null;
  #isDown = false;

  private constructor(broker: string) {
    const colon = broker.lastIndexOf(':');
    this.#broker = { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
    this.#server = createServer((client) => this.#serve(client));
  }

  /** Listens on this port of 127.0.0.1, or on any. */
  static async before(broker: string, port = 0): Promise<BrokerProxy> {
    const proxy = new BrokerProxy(broker);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection, and new ones too while it is `down`, as a network does that has given up. */
  cut(isDown = false): void {
    this.#isDown = isDown;
    for (const socket of this.#sockets) socket.destroy();
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

  /** True once the fault has hit; a fault test counts only then. */
  get hasHit(): boolean {
    return this.#fault === null;
  }

  /**
   * Does this to the next frame that matches: it and what follows on its connection wait for the verdict. Resolves with the frame
   * once it has been met; an interception that should not wait for ever is taken back with the signal.
   */
  next(
    matches: Interception['matches'],
    act: Interception['act'],
    signal?: AbortSignal,
  ): Promise<Passing | null> {
    return new Promise((resolve) => {
      const interception: Interception = { matches, act, hit: resolve };
      this.#interceptions.add(interception);
      signal?.addEventListener('abort', () => {
        this.#interceptions.delete(interception);
        resolve(null);
      });
    });
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
    this.#track(client);
    const asked = new Map<number, RequestHeader>();
    const towards = { broker: new OneWay(broker), client: new OneWay(client) };
    // What the client has sent is on its way, whether it still waits or not: a network does not forget it either.
    client.on('close', () => void towards.broker.drained().then(() => broker.destroy()));
    broker.on('close', () => client.destroy());
    onFrames(client, (frame) => {
      const header = requestHeader(frame);
      asked.set(header.correlationId, header);
      const lost = this.#fault?.kind === header.kind ? (this.#fault?.lose ?? null) : null;
      if (lost !== null) this.#fault = null;
      if (lost === 'answer') towards.client.silence();
      if (lost === 'request') this.#held.push(() => this.#ask(frame));
      else towards.broker.send(frame, () => this.#verdict(frame, header, 'request'));
    });
    onFrames(broker, (frame) => {
      const header = asked.get(answeredId(frame));
      asked.delete(answeredId(frame));
      if (header === undefined) towards.client.send(frame, () => 'pass');
      else towards.client.send(frame, () => this.#verdict(frame, header, 'answer'));
    });
  }

  #verdict(
    frame: Buffer,
    { kind, clientId }: RequestHeader,
    side: Passing['side'],
  ): Verdict | Promise<Verdict> {
    if (this.#interceptions.size === 0) return 'pass';
    const passing = { kind, clientId, side, bytes: frame.length };
    const found = [...this.#interceptions].find(({ matches }) => matches(passing));
    if (found === undefined) return 'pass';
    this.#interceptions.delete(found);
    found.hit(passing);
    return found.act(passing);
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

/** One direction of a connection: frames in order, each after the verdict on it. */
class OneWay {
  readonly #socket: Socket;
  #last: Promise<void> = Promise.resolve();
  #isSilent = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  silence(): void {
    this.#isSilent = true;
  }

  /** Resolves when everything given to it is through. */
  async drained(): Promise<void> {
    await this.#last;
  }

  send(frame: Buffer, verdict: () => Verdict | Promise<Verdict>): void {
    this.#last = this.#sendAfter(this.#last, frame, verdict);
  }

  async #sendAfter(
    before: Promise<void>,
    frame: Buffer,
    verdict: () => Verdict | Promise<Verdict>,
  ): Promise<void> {
    await before;
    if (this.#isSilent) return;
    if ((await verdict()) === 'silence') this.#isSilent = true;
    else if (!this.#socket.destroyed) this.#socket.write(frame);
  }
}
