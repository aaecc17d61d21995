/**
 * Connections for one purpose, at most one to each broker. A broker answers the requests of a connection one after the other,
 * so what may wait long (a fetch, a join) must not share a lane with what may not (a heartbeat, a commit).
 */
import type { BrokerConnection } from './requests.ts';

type NodeDialer<Node> = { readonly dial: (node: Node) => Promise<BrokerConnection> };

/** `Node` is what brokers are told apart by: their node ids, where nothing else is said. */
export class Lane<Node = number> {
  readonly #dialer: NodeDialer<Node>;
  readonly #connections = new Map<Node, Promise<BrokerConnection>>();
  /** Those of them that are there. */
  readonly #dialled = new Map<Node, BrokerConnection>();

  constructor(dialer: NodeDialer<Node>) {
    this.#dialer = dialer;
  }

  /**
   * An open connection to this broker, at once if there is one: no promise has to be made for nearly every request. Fails with a
   * `TransportFailure` of kind 'not-sent'.
   */
  to(node: Node): BrokerConnection | Promise<BrokerConnection> {
    const connection = this.#dialled.get(node);
    return connection?.isOpen ? connection : this.#dial(node);
  }

  async #dial(node: Node): Promise<BrokerConnection> {
    const pending = this.#connections.get(node);
    if (pending !== undefined) {
      const connection = await pending.catch(() => null);
      if (connection?.isOpen) return connection;
      if (this.#connections.get(node) !== pending) return this.to(node);
    }
    const dialled = this.#dialer.dial(node);
    this.#connections.set(node, dialled);
    const connection = await dialled;
    if (this.#connections.get(node) === dialled) this.#dialled.set(node, connection);
    return connection;
  }

  /** Cuts every connection: answers still under way will meet nobody. */
  async close(): Promise<void> {
    const all = [...this.#connections.values()];
    this.#connections.clear();
    this.#dialled.clear();
    await Promise.all(all.map((pending) => pending.then((connection) => connection.close()).catch(() => {})));
  }
}
