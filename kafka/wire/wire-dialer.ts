/**
 * The requests of `requests.ts` over a socket: the client library's `Connection` opens it (TLS and SASL included), frames
 * messages and matches answers to requests; the files beside this one say what the messages are.
 */
import { Connection, type ConnectionOptions, type Reader } from '@platformatic/kafka';
import {
  type BrokerAddress,
  type BrokerConnection,
  type BrokerDialer,
  type BrokerRequests,
  TransportFailure,
} from '../requests.ts';
import { apiVersions } from './api-versions.ts';
import { endTxn } from './end-txn.ts';
import { fetch } from './fetch.ts';
import { findCoordinator } from './find-coordinator.ts';
import { heartbeat } from './heartbeat.ts';
import { initProducerId } from './init-producer-id.ts';
import { joinGroup } from './join-group.ts';
import { leaveGroup } from './leave-group.ts';
import { listOffsets } from './list-offsets.ts';
import { metadata } from './metadata.ts';
import { offsetCommit } from './offset-commit.ts';
import { offsetFetch } from './offset-fetch.ts';
import { produce } from './produce.ts';
import { syncGroup } from './sync-group.ts';
import { txnOffsetCommit } from './txn-offset-commit.ts';
import type { WireRequest } from './wire-request.ts';

/** Every request in the version we speak. */
export const wireRequests = {
  apiVersions,
  metadata,
  findCoordinator,
  initProducerId,
  produce,
  txnOffsetCommit,
  endTxn,
  listOffsets,
  fetch,
  offsetFetch,
  offsetCommit,
  joinGroup,
  syncGroup,
  heartbeat,
  leaveGroup,
} satisfies { [Name in keyof BrokerRequests]: unknown };

/** How a connection proves who it is and stays private; both are the client library's own forms. */
export type Security = Pick<ConnectionOptions, 'tls' | 'sasl'>;

const CONNECT_TIMEOUT_MS = 5_000;

export class WireDialer implements BrokerDialer {
  readonly #clientId: string;
  readonly #security: Security;

  constructor(clientId: string, security: Security = {}) {
    this.#clientId = clientId;
    this.#security = security;
  }

  async dial(
    { host, port }: BrokerAddress,
    { requestTimeoutMs }: { readonly requestTimeoutMs: number },
  ): Promise<BrokerConnection> {
    const connection = new Connection(this.#clientId, {
      ...this.#security,
      connectTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
    });
    // Whoever waits for an answer is told of a broken connection by that request; nobody else needs the event.
    connection.on('error', () => {});
    try {
      await connection.connect(host, port);
    } catch (cause) {
      throw new TransportFailure('not-sent', `no connection to the broker at ${host}:${port}`, { cause });
    }
    return new WireConnection(connection);
  }
}

class WireConnection implements BrokerConnection {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get isOpen(): boolean {
    return this.#connection.isConnected();
  }

  /** Cuts the connection at once: a polite end would wait for a broker that no longer reads. */
  async close(): Promise<void> {
    const closed = this.#connection.close();
    this.#connection.socket?.destroy();
    await closed;
  }

  apiVersions = () => this.#ask(wireRequests.apiVersions, undefined);
  metadata = this.#asking(wireRequests.metadata);
  findCoordinator = this.#asking(wireRequests.findCoordinator);
  initProducerId = this.#asking(wireRequests.initProducerId);
  produce = this.#asking(wireRequests.produce);
  txnOffsetCommit = this.#asking(wireRequests.txnOffsetCommit);
  endTxn = this.#asking(wireRequests.endTxn);
  listOffsets = this.#asking(wireRequests.listOffsets);
  fetch = this.#asking(wireRequests.fetch);
  offsetFetch = this.#asking(wireRequests.offsetFetch);
  offsetCommit = this.#asking(wireRequests.offsetCommit);
  joinGroup = this.#asking(wireRequests.joinGroup);
  syncGroup = this.#asking(wireRequests.syncGroup);
  heartbeat = this.#asking(wireRequests.heartbeat);
  leaveGroup = this.#asking(wireRequests.leaveGroup);

  #asking<Request, Answer>(wire: WireRequest<Request, Answer>): (request: Request) => Promise<Answer> {
    return (request) => this.#ask(wire, request);
  }

  #ask<Request, Answer>(wire: WireRequest<Request, Answer>, request: Request): Promise<Answer> {
    const { apiKey, version } = wire;
    // The header of this one answer has no tagged fields, so that any client can read it.
    const hasTaggedAnswerHeader = apiKey !== wireRequests.apiVersions.apiKey;
    return new Promise((resolve, reject) => {
      this.#connection.send<Answer>(
        apiKey,
        version,
        () => wire.write(request),
        (_id, _key, _version, reader: Reader) => wire.read(reader, request),
        true,
        hasTaggedAnswerHeader,
        (cause, answer) => (cause ? reject(this.#unanswered(cause)) : resolve(answer as Answer)),
      );
    });
  }

  /** What came after a broken answer cannot be trusted, and a late answer must not meet the next request. */
  #unanswered(cause: Error): TransportFailure {
    this.#connection.socket?.destroy();
    const { host, port } = this.#connection;
    return new TransportFailure(
      'unanswered',
      `no answer from the broker at ${host}:${port}: ${cause.message}`,
      {
        cause,
      },
    );
  }
}
