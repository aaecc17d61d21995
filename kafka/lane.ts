/**
 * Connections for one purpose, at most one to each broker. A broker answers the requests of a connection one after the other,
 * so what may wait long (a fetch, a join) must not share a lane with what may not (a heartbeat, a commit).
 */
import type { BrokerConnection } from './requests.ts';

export type NodeDialer = { readonly dial: (node: number) => Promise<BrokerConnection> };

export class Lane {
  readonly #dialer: NodeDialer;
  readonly #connections = new Map<number, Promise<BrokerConnection>>();

  constructor(dialer: NodeDialer) {
    this.#dialer = dialer;
  }

  /** An open connection to this broker. Fails with a `TransportFailure` of kind 'not-sent'. */
  async to(node: number): Promise<BrokerConnection> {
    const pending = this.#connections.get(node);
    if (pending !== undefined) {
      const connection = await pending.catch(() => null);
      if (connection?.isOpen) return connection;
      if (this.#connections.get(node) !== pending) return this.to(node);
    }
    const dialled = this.#dialer.dial(node);
    this.#connections.set(node, dialled);
    return dialled;
  }

  /** Cuts every connection: answers still under way will meet nobody. */
  async close(): Promise<void> {
    const all = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.all(all.map((pending) => pending.then((connection) => connection.close()).catch(() => {})));
  }
}
