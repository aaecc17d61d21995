/**
 * The way between processes and brokers. Every request and every answer takes a moment; a connection keeps their order and is
 * answered one after the other, as TCP and a broker do; different connections overtake each other freely. What becomes of a
 * request beyond that is its fate, decided once when it is sent: lost, late, repeated, its answer lost or late.
 *
 * A client that gets no answer in time, or whose connection is cut, learns nothing more than that (`TransportFailure`); its
 * request may still be on the way and arrive much later, which is the fear behind KIP-890.
 */
import {
  type BrokerAddress,
  type BrokerConnection,
  type BrokerDialer,
  TransportFailure,
} from '../../kafka/requests.ts';
import type { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import { type Api, handlers } from './broker/request-handler.ts';
import type { SimulatedCluster } from './broker/simulated-cluster.ts';
import type { SimulatedTimer } from './timeline.ts';

/** What becomes of one request. Times in milliseconds. */
export type Fate = {
  /** How long it is on the way beyond the usual; null: it never arrives. */
  readonly requestDelayMs: number | null;
  /** The same for its answer. */
  readonly answerDelayMs: number | null;
  /** The connection breaks: the client knows at once that it will get no answer. */
  readonly isCut: boolean;
  /** It arrives a second time, so much later; null: it does not. */
  readonly repeatedAfterMs: number | null;
};

export const usualFate: Fate = { requestDelayMs: 0, answerDelayMs: 0, isCut: false, repeatedAfterMs: null };

/** The process a connection belongs to: it may stand still or be gone, and then nothing reaches it. */
export interface Client {
  readonly name: string;
  /** Hands over what arrives, now or when the process goes on; never, if it is gone. */
  deliver(what: () => void): void;
}

export type NetworkOptions = {
  readonly cluster: SimulatedCluster;
  readonly random: SeededRandom;
  readonly fateOf: (client: Client, api: Api, request: unknown) => Fate;
};

/** The usual time on the way is below this, milliseconds. */
const LATENCY_MS = 2;
const DIAL_TIMEOUT_MS = 1_000;

export class Network {
  readonly #options: NetworkOptions;
  readonly #unreachableUntilMs = new Map<number, number>();
  readonly #connections = new Set<SimulatedConnection>();

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  get cluster(): SimulatedCluster {
    return this.#options.cluster;
  }

  dialerOf(client: Client): BrokerDialer {
    return { dial: (address, { requestTimeoutMs }) => this.#dial(client, address, requestTimeoutMs) };
  }

  /** Cuts all connections to a broker, and lets nobody connect to it for a while. */
  cutOff(node: number, forMs: number): number {
    this.#unreachableUntilMs.set(node, this.cluster.timeline.nowMs + forMs);
    const cut = [...this.#connections].filter((each) => each.node === node);
    for (const connection of cut) connection.cut('the connection was cut');
    return cut.length;
  }

  latencyMs(): number {
    return this.#options.random.next() * LATENCY_MS;
  }

  fateOf(client: Client, api: Api, request: unknown): Fate {
    return this.#options.fateOf(client, api, request);
  }

  forget(connection: SimulatedConnection): void {
    this.#connections.delete(connection);
  }

  #dial(client: Client, address: BrokerAddress, requestTimeoutMs: number): Promise<BrokerConnection> {
    const { timeline } = this.cluster;
    const node = this.cluster.nodeAt(address);
    const isReachable = timeline.nowMs >= (this.#unreachableUntilMs.get(node) ?? 0);
    return new Promise((resolve, reject) => {
      timeline.after(isReachable ? this.latencyMs() : DIAL_TIMEOUT_MS, () =>
        client.deliver(() => {
          if (!isReachable)
            return reject(new TransportFailure('not-sent', `no connection to broker ${node}`));
          const connection = new SimulatedConnection(this, client, { node, requestTimeoutMs });
          this.#connections.add(connection);
          resolve(connection);
        }),
      );
    });
  }
}

type Arrival = { readonly api: Api; readonly request: unknown; readonly answer: (answer: unknown) => void };
type UnderWay = { readonly timer: SimulatedTimer; readonly fail: (failure: TransportFailure) => void };

export class SimulatedConnection implements BrokerConnection {
  readonly node: number;
  readonly #network: Network;
  readonly #client: Client;
  readonly #requestTimeoutMs: number;
  readonly #underWay = new Set<UnderWay>();
  readonly #arrived: Arrival[] = [];
  #isBusy = false;
  #lastArrivalMs = 0;
  isOpen = true;

  constructor(network: Network, client: Client, options: { node: number; requestTimeoutMs: number }) {
    this.#network = network;
    this.#client = client;
    this.node = options.node;
    this.#requestTimeoutMs = options.requestTimeoutMs;
  }

  metadata = this.#asking('metadata');
  findCoordinator = this.#asking('findCoordinator');
  initProducerId = this.#asking('initProducerId');
  produce = this.#asking('produce');
  txnOffsetCommit = this.#asking('txnOffsetCommit');
  endTxn = this.#asking('endTxn');
  listOffsets = this.#asking('listOffsets');
  fetch = this.#asking('fetch');
  offsetFetch = this.#asking('offsetFetch');
  offsetCommit = this.#asking('offsetCommit');
  joinGroup = this.#asking('joinGroup');
  syncGroup = this.#asking('syncGroup');
  heartbeat = this.#asking('heartbeat');
  leaveGroup = this.#asking('leaveGroup');

  apiVersions(): ReturnType<BrokerConnection['apiVersions']> {
    return this.#ask('apiVersions', undefined) as ReturnType<BrokerConnection['apiVersions']>;
  }

  async close(): Promise<void> {
    this.cut('the connection was closed');
  }

  /** Everything under way stays without an answer. */
  cut(why: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#network.forget(this);
    const failure = new TransportFailure('unanswered', `no answer from broker ${this.node}: ${why}`);
    for (const { timer, fail } of this.#underWay) {
      timer.isCancelled = true;
      this.#client.deliver(() => fail(failure));
    }
    this.#underWay.clear();
  }

  #asking<Name extends Exclude<Api, 'apiVersions'>>(api: Name): BrokerConnection[Name] {
    return ((request: unknown) => this.#ask(api, request)) as unknown as BrokerConnection[Name];
  }

  #ask(api: Api, request: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(new TransportFailure('unanswered', `the connection to broker ${this.node} is closed`));
        return;
      }
      const { timeline } = this.#network.cluster;
      const timer = timeline.after(this.#requestTimeoutMs, () =>
        this.#client.deliver(() => {
          if (this.#underWay.has(underWay)) this.cut(`nothing came in ${this.#requestTimeoutMs} ms`);
        }),
      );
      const underWay: UnderWay = { timer, fail: reject };
      this.#underWay.add(underWay);
      const fate = this.#network.fateOf(this.#client, api, request);
      const answer = (found: unknown): void => {
        if (fate.answerDelayMs === null || fate.isCut) return;
        timeline.after(this.#network.latencyMs() + fate.answerDelayMs, () =>
          this.#client.deliver(() => {
            if (!this.#underWay.delete(underWay)) return;
            timer.isCancelled = true;
            resolve(found);
          }),
        );
      };
      this.#send({ api, request, answer }, fate);
      if (fate.isCut) timeline.after(this.#network.latencyMs(), () => this.cut('the connection broke'));
    });
  }

  #send(arrival: Arrival, { requestDelayMs, repeatedAfterMs }: Fate): void {
    const { timeline } = this.#network.cluster;
    if (repeatedAfterMs !== null)
      timeline.afterQuietly(repeatedAfterMs, () => this.#handle({ ...arrival, answer: () => {} }, () => {}));
    if (requestDelayMs === null) return;
    const usualMs = this.#network.latencyMs();
    if (requestDelayMs > 0) {
      // Held up somewhere: whatever else becomes of the connection, this request arrives then.
      timeline.afterQuietly(usualMs + requestDelayMs, () => this.#handle(arrival, () => {}));
      return;
    }
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, timeline.nowMs + usualMs);
    timeline.afterQuietly(this.#lastArrivalMs - timeline.nowMs, () => {
      this.#arrived.push(arrival);
      this.#handleNext();
    });
  }

  /** One after the other, as a broker reads a connection. */
  #handleNext(): void {
    if (this.#isBusy) return;
    const arrival = this.#arrived.shift();
    if (arrival === undefined) return;
    this.#isBusy = true;
    this.#handle(arrival, () => {
      this.#isBusy = false;
      this.#handleNext();
    });
  }

  #handle({ api, request, answer }: Arrival, done: () => void): void {
    const call = {
      cluster: this.#network.cluster,
      node: this.node,
      clientId: this.#client.name,
      request,
      answer: (found: unknown) => {
        answer(found);
        done();
      },
    };
    handlers[api](call as never);
  }
}
