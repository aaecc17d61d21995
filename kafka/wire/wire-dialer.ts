/**
 * The requests of `requests.ts` over a socket: the client library's `Connection` opens it (TLS and SASL included), frames
 * messages and matches answers to requests; the files beside this one say what the messages are.
 */
import { once } from 'node:events';
import { Connection, type ConnectionOptions, type Reader } from '@platformatic/kafka';
import { type Security, trusted } from '../broker-access.ts';
import { KafkaFailure } from '../kafka-failure.ts';
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
const wireRequests = {
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

const CONNECT_TIMEOUT_MS = 5_000;
/** What stands between us and a broker forgets a connection that says nothing, the quickest after four minutes, and tells nobody. */
const KEEP_ALIVE_MS = 60_000;

export class WireDialer implements BrokerDialer {
  readonly #clientId: string;
  readonly #user: string;
  readonly #options: Pick<ConnectionOptions, 'tls' | 'sasl'>;

  constructor(clientId: string, security?: Security) {
    this.#clientId = clientId;
    this.#user = security?.user ?? 'nobody';
    this.#options = security === undefined ? {} : connectionSecurity(security);
  }

  /** Fails with a `TransportFailure`, or, because trying again would be refused again, with a `KafkaFailure` where the broker does not let us in. */
  async dial(
    { host, port }: BrokerAddress,
    { requestTimeoutMs }: { readonly requestTimeoutMs: number },
  ): Promise<BrokerConnection> {
    const connection = new Connection(this.#clientId, {
      ...this.#options,
      connectTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
    });
    // Whoever waits for an answer is told of a broken connection by that request; nobody else needs the event.
    connection.on('error', () => {});
    // Else its next sign-in would come due on a socket that is no more, and make it look open.
    connection.on('close', () => void connection.close());
    try {
      await connection.connect(host, port);
    } catch (cause) {
      if (isNotLetIn(cause)) throw this.#notLetIn(`${host}:${port}`, cause);
      const why = (cause as { cause?: Error }).cause?.message ?? (cause as Error).message;
      throw new TransportFailure('not-sent', `no connection to the broker at ${host}:${port} (${why})`, {
        cause,
      });
    }
    connection.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return new WireConnection(connection, requestTimeoutMs);
  }

  #notLetIn(broker: string, cause: unknown): KafkaFailure {
    return new KafkaFailure(
      'refused',
      `The broker at ${broker} does not let ${JSON.stringify(this.#user)} in: user or password are not what it has. Compare FLUXO_KAFKA_USER and its password with the users of the cluster.`,
      { cause },
    );
  }
}

/**
 * Whether the broker itself said no. The client library calls every failure in that exchange one of authentication, also a connection that
 * broke in it, which passes; so its causes are looked through for the broker's word.
 */
function isNotLetIn(failure: unknown): boolean {
  if (typeof failure !== 'object' || failure === null) return false;
  const { apiId, cause, errors = [] } = failure as { apiId?: string; cause?: unknown; errors?: unknown[] };
  return apiId === 'SASL_AUTHENTICATION_FAILED' || isNotLetIn(cause) || errors.some(isNotLetIn);
}

function connectionSecurity(security: Security): Pick<ConnectionOptions, 'tls' | 'sasl'> {
  const { user, password } = security;
  return {
    tls: trusted(security),
    // Asked for when it is needed, so that no object that might be printed has it.
    sasl: { mechanism: 'SCRAM-SHA-512', username: user, password: () => password.reveal() },
  };
}

class WireConnection implements BrokerConnection {
  readonly #connection: Connection;
  readonly #requestTimeoutMs: number;

  constructor(connection: Connection, requestTimeoutMs: number) {
    this.#connection = connection;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  /** Also while it signs in anew (KIP-368): to dial another one then would leave this one behind, which goes on signing in for ever. */
  get isOpen(): boolean {
    return this.#connection.isConnected() || this.#isSigningIn;
  }

  get #isSigningIn(): boolean {
    return this.#connection.status === 'reauthenticating';
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
    return this.#isSigningIn ? this.#askSignedIn(wire, request) : this.#send(wire, request);
  }

  /** The client library counts the time only from the sending. */
  async #askSignedIn<Request, Answer>(wire: WireRequest<Request, Answer>, request: Request): Promise<Answer> {
    const late = setTimeout(() => this.#connection.socket?.destroy(), this.#requestTimeoutMs);
    try {
      await this.#signedIn();
      return await this.#send(wire, request);
    } finally {
      clearTimeout(late);
    }
  }

  /** A broker that gets a request in the middle of a sign-in cuts the connection. */
  async #signedIn(): Promise<void> {
    const { host, port } = this.#connection;
    const settled = new AbortController();
    try {
      const { signal } = settled;
      await Promise.race([
        once(this.#connection, 'connect', { signal }),
        once(this.#connection, 'close', { signal }).then(() => Promise.reject(new Error('it was cut off'))),
      ]);
    } catch (cause) {
      throw new TransportFailure('not-sent', `the broker at ${host}:${port} has not let us in anew`, {
        cause,
      });
    } finally {
      settled.abort();
    }
  }

  #send<Request, Answer>(wire: WireRequest<Request, Answer>, request: Request): Promise<Answer> {
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
