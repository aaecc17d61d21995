/**
 * What this process knows about the cluster: where its brokers are, who leads a partition, who coordinates a group or a
 * transactional id. All of it may be wrong at any moment; whoever gets a broker's word that it is calls `forget…` and asks
 * again. What is doubted is asked of another broker than the one that told it, which may be cut off from its cluster without
 * knowing it; and what is known of a partition gives way to no earlier leader epoch (KIP-320). Connections are opened per lane
 * (see `Lane`) and shared by nobody else.
 */
import type { BrokerAccess } from './broker-access.ts';
import { type Clock, systemClock } from './clock.ts';
import { kafkaErrors, nameOfError, reactionTo } from './error-codes.ts';
import { KafkaFailure } from './kafka-failure.ts';
import { Lane } from './lane.ts';
import {
  type BrokerAddress,
  type BrokerConnection,
  type BrokerDialer,
  type CoordinatorKind,
  type FindCoordinatorAnswer,
  type MetadataAnswer,
  TransportFailure,
} from './requests.ts';
import { RetryBudget } from './retry-budget.ts';
import { WireDialer } from './wire/wire-dialer.ts';

export type ClusterOptions = BrokerAccess & {
  readonly clientId: string;
  readonly clock?: Clock;
  /** How to reach brokers, if not over sockets. */
  readonly dialer?: BrokerDialer;
};

export type Topic = {
  readonly name: string;
  readonly id: string;
  /** Partition → node id of its leader; −1 while it has none. */
  readonly leaders: readonly number[];
  /** Partition → in which epoch that is so: each election begins another one. */
  readonly epochs: readonly number[];
};

/** `askedMs` is when it was last asked for, or begun to be, by the clock. */
type KnownTopic = { readonly topic: Topic; askedMs: number; isDoubted: boolean };

const REQUEST_TIMEOUT_MS = 5_000;
/** Leaders move without anybody being told: from one that was cut off with old news in its hands, only asking others shows it. */
const METADATA_AGE_MAX_MS = 60_000;
/** For so long a broker that did not answer or could not be reached is asked after all others. */
const SILENCE_MS = 60_000;
const LIMITS = { budgetMs: 15_000, pauseFirstMs: 20, pauseMaxMs: 500 };
/** A topic that was just created takes a moment to be known everywhere. */
const UNKNOWN_TOPIC_LIMITS = { budgetMs: 2_000, pauseFirstMs: 50, pauseMaxMs: 200 };

export class Cluster {
  readonly clock: Clock;
  readonly #dialer: BrokerDialer;
  readonly #bootstrap: readonly BrokerAddress[];
  readonly #nodes = new Map<number, BrokerAddress>();
  readonly #topics = new Map<string, KnownTopic>();
  readonly #coordinators = new Map<string, number>();
  readonly #lanes = new Set<Lane>();
  /** By `host:port`, for questions about the cluster. */
  readonly #control = new Lane<string>({
    dial: (name) => this.#dial(parseAddress(name), REQUEST_TIMEOUT_MS),
  });
  /** `host:port` of who was asked last. */
  #asked = '';
  /** `host:port` of those that are asked after others, the latest last → until when also after those that are not silent, or 0. */
  readonly #passedOver = new Map<string, number>();
  #isClosed = false;

  private constructor(options: ClusterOptions) {
    this.clock = options.clock ?? systemClock;
    this.#dialer = options.dialer ?? new WireDialer(options.clientId, options.security);
    this.#bootstrap = options.brokers.map(parseAddress);
  }

  /** Fails with `temporarily-unavailable` if no broker answers within 15 seconds, with `refused` if one does not let us in. */
  static async connect(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options);
    await cluster.#askAny('metadata', (broker) =>
      broker.metadata({ topics: [] }).then((answer) => cluster.#learn(answer)),
    );
    return cluster;
  }

  /** A set of connections of its own, at most one to each broker; requests on one are answered one after the other. */
  lane(requestTimeoutMs: number): Lane {
    const lane = new Lane({ dial: (node) => this.#dialNode(node, requestTimeoutMs) });
    this.#lanes.add(lane);
    return lane;
  }

  /**
   * At once if it is known, as it nearly always is. Fails with `unknown-topic` if the cluster does not have it, with
   * `temporarily-unavailable` if none answers.
   */
  topic(name: string): Topic | Promise<Topic> {
    const known = this.#topics.get(name);
    if (known === undefined || known.isDoubted) return this.#askForTopic(name);
    const nowMs = this.clock.nowMs();
    if (nowMs - known.askedMs > METADATA_AGE_MAX_MS) {
      known.askedMs = nowMs;
      this.#askAnother();
      this.#askForTopic(name).catch(() => {}); // what is known serves until there is an answer
    }
    return known.topic;
  }

  async #askForTopic(name: string): Promise<Topic> {
    const budget = new RetryBudget(this.clock, UNKNOWN_TOPIC_LIMITS);
    for (;;) {
      const answer = await this.#askAny('metadata', (broker) => broker.metadata({ topics: [name] }));
      this.#learn(answer);
      const found = this.#topics.get(name);
      if (found?.isDoubted === false) return found.topic;
      const errorCode = answer.topics[0]?.errorCode ?? kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION;
      this.#askAnother();
      await budget.pause(() => topicFailure(name, errorCode));
    }
  }

  /** Node id of the partition's leader, −1 while it has none. Fails like `topic`. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    return leaderIn(await this.topic(topic), partition);
  }

  /** Some leader of this topic has moved; ask anew. */
  forgetTopic(name: string): void {
    const known = this.#topics.get(name);
    if (known !== undefined) known.isDoubted = true;
    this.#askAnother();
  }

  /** Has this broker say as well who leads what was asked for before; the later epoch counts. Fails with a `TransportFailure`. */
  async learnFrom(broker: BrokerConnection): Promise<void> {
    this.#learn(await broker.metadata({ topics: [...this.#topics.keys()] }));
  }

  /** Node id of the coordinator, at once if it is known. Fails with `temporarily-unavailable`, or `refused` where authorization is missing. */
  coordinatorOf(kind: CoordinatorKind, key: string): number | Promise<number> {
    return this.#coordinators.get(`${kind} ${key}`) ?? this.#askForCoordinator(kind, key);
  }

  async #askForCoordinator(kind: CoordinatorKind, key: string): Promise<number> {
    const budget = new RetryBudget(this.clock, LIMITS);
    for (;;) {
      const answer = await this.#askAny('findCoordinator', (broker) => broker.findCoordinator({ kind, key }));
      const reaction = reactionTo('findCoordinator', answer.errorCode);
      if (reaction === 'done') {
        this.#nodes.set(answer.nodeId, { host: answer.host, port: answer.port });
        this.#coordinators.set(`${kind} ${key}`, answer.nodeId);
        return answer.nodeId;
      }
      if (reaction !== 'retry' && reaction !== 'refresh') throw coordinatorFailure(kind, key, answer);
      this.#askAnother();
      await budget.pause(() => coordinatorFailure(kind, key, answer));
    }
  }

  /** The coordinator has moved or is gone; ask anew. */
  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.#coordinators.delete(`${kind} ${key}`);
    this.#askAnother();
  }

  /** Level of a feature the whole cluster has agreed on, such as `transaction.version`; 0 if it has not. */
  async featureLevel(name: string): Promise<number> {
    const answer = await this.#askAny('apiVersions', (broker) => broker.apiVersions());
    return answer.finalizedFeatures.get(name) ?? 0;
  }

  /** Closes all connections, also those of the lanes. Requests under way fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#control, ...this.#lanes].map((lane) => lane.close()));
  }

  /** Asks whichever broker answers, first the one that answered last, unless its answers are doubted. */
  async #askAny<Answer>(what: string, ask: (broker: BrokerConnection) => Promise<Answer>): Promise<Answer> {
    const budget = new RetryBudget(this.clock, LIMITS);
    for (;;) {
      try {
        return await this.#askOne(ask);
      } catch (cause) {
        if (!(cause instanceof TransportFailure)) throw cause;
        if (this.#isClosed) throw unreachable(what, this.#bootstrap, cause);
        await budget.pause(() => unreachable(what, this.#bootstrap, cause));
      }
    }
  }

  /** Asks the first that can be reached. A broker may take connections and never answer on them. */
  async #askOne<Answer>(ask: (broker: BrokerConnection) => Promise<Answer>): Promise<Answer> {
    let broker: BrokerConnection | undefined;
    let lastFailure: unknown;
    for (const name of this.#inOrder()) {
      this.#asked = name;
      try {
        broker = await this.#control.to(name);
        return await ask(broker);
      } catch (failure) {
        if (failure instanceof TransportFailure) this.#passOver(name, SILENCE_MS);
        if (broker !== undefined) throw failure;
        lastFailure = failure;
      }
    }
    throw lastFailure;
  }

  /** What was told last is doubted, by however many at once: the next question goes to another broker. */
  #askAnother(): void {
    this.#passOver(this.#asked, 0);
  }

  #passOver(name: string, silentMs: number): void {
    const untilMs = silentMs === 0 ? (this.#passedOver.get(name) ?? 0) : this.clock.nowMs() + silentMs;
    this.#passedOver.delete(name); // so that it stands last
    this.#passedOver.set(name, untilMs);
  }

  /** `host:port` of all that are known, in the order in which to ask them. */
  #inOrder(): readonly string[] {
    const passedOver = [...this.#passedOver.keys()];
    const nowMs = this.clock.nowMs();
    const rank = (name: string) =>
      passedOver.indexOf(name) + ((this.#passedOver.get(name) ?? 0) > nowMs ? passedOver.length : 0);
    const names = new Set([...this.#nodes.values(), ...this.#bootstrap].map(nameOf));
    return [...names].toSorted((a, b) => rank(a) - rank(b));
  }

  async #dialNode(node: number, requestTimeoutMs: number): Promise<BrokerConnection> {
    const address = this.#nodes.get(node);
    if (address !== undefined) return this.#dial(address, requestTimeoutMs);
    throw new TransportFailure('not-sent', `broker ${node} is not known any more`);
  }

  async #dial(address: BrokerAddress, requestTimeoutMs: number): Promise<BrokerConnection> {
    if (this.#isClosed) throw new TransportFailure('not-sent', 'the connections to this cluster are closed');
    return await this.#dialer.dial(address, { requestTimeoutMs });
  }

  #learn({ brokers, topics }: MetadataAnswer): void {
    for (const { nodeId, host, port } of brokers) this.#nodes.set(nodeId, { host, port });
    for (const { errorCode, name, topicId, partitions } of topics) {
      if (errorCode !== kafkaErrors.NONE || partitions.length === 0) continue;
      const inOrder = partitions.toSorted((a, b) => a.partition - b.partition);
      const leaders = inOrder.map(({ leader }) => leader);
      const epochs = inOrder.map(({ leaderEpoch }) => leaderEpoch);
      const topic = latest(this.#topics.get(name)?.topic, { name, id: topicId, leaders, epochs });
      this.#topics.set(name, { topic, askedMs: this.clock.nowMs(), isDoubted: false });
    }
  }
}

/** Of each partition the later epoch: who is cut off goes on telling what he knew. A topic that was made anew begins anew. */
function latest(known: Topic | undefined, told: Topic): Topic {
  if (known?.id !== told.id) return told;
  const [leaders, epochs] = [[...told.leaders], [...told.epochs]];
  for (const [partition, epoch] of known.epochs.entries()) {
    if (epoch <= (epochs[partition] ?? -1)) continue;
    leaders[partition] = leaderIn(known, partition);
    epochs[partition] = epoch;
  }
  return { ...told, leaders, epochs };
}

/** Fails with `unknown-topic` where there is no such partition. */
export function leaderIn({ name, leaders }: Topic, partition: number): number {
  const leader = leaders[partition];
  if (leader !== undefined) return leader;
  throw new KafkaFailure(
    'unknown-topic',
    `Topic ${name} has ${leaders.length} partitions, so there is no partition ${partition}.`,
  );
}

function parseAddress(text: string): BrokerAddress {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon > 0 && Number.isInteger(port) && port > 0 && port < 65_536)
    return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port };
  throw new KafkaFailure('refused', `${JSON.stringify(text)} is no broker address: the form is host:port.`);
}

function nameOf({ host, port }: BrokerAddress): string {
  return `${host}:${port}`;
}

function topicFailure(name: string, errorCode: number): KafkaFailure {
  return errorCode === kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION
    ? new KafkaFailure('unknown-topic', `The cluster has no topic ${name}.`)
    : new KafkaFailure(
        reactionTo('listOffsets', errorCode) === 'refused' ? 'refused' : 'temporarily-unavailable',
        `The cluster answers ${nameOfError(errorCode)} when asked for topic ${name}.`,
      );
}

function coordinatorFailure(kind: CoordinatorKind, key: string, answer: FindCoordinatorAnswer): KafkaFailure {
  const reaction = reactionTo('findCoordinator', answer.errorCode);
  return new KafkaFailure(
    reaction === 'refused' ? 'refused' : 'temporarily-unavailable',
    `The cluster names no coordinator for the ${kind} ${key}: ${nameOfError(answer.errorCode)} ${answer.errorMessage ?? ''}`,
  );
}

function unreachable(what: string, brokers: readonly BrokerAddress[], cause: Error): KafkaFailure {
  const list = brokers.map(nameOf).join(', ');
  return new KafkaFailure(
    'temporarily-unavailable',
    `No broker answered (${what}): ${cause.message}. Tried what the cluster had named before and ${list}.`,
    { cause },
  );
}
