/**
 * A Kafka cluster in memory at the level of requests and answers: brokers that lead partitions and coordinate groups and
 * transactions, each answering only for what it is in charge of. State is common to all brokers, as it would be after perfect
 * replication; what moves is who is in charge. Same requests at the same simulated times, same answers.
 *
 * Not modelled: replication and what a broker's death loses, quotas, authorization, retention, the write-ahead log of the
 * coordinators (their decisions are durable at once).
 */
import { kafkaErrors } from '../../../kafka/error-codes.ts';
import type { BrokerAddress, CoordinatorKind, TopicPartition } from '../../../kafka/requests.ts';
import type { SeededRandom } from '../../../producers/simulator/seeded-random.ts';
import type { Timeline } from '../timeline.ts';
import { Group } from './group.ts';
import { GroupOffsets } from './group-offsets.ts';
import { PartitionLog } from './partition-log.ts';
import type { Marker } from './stored-batch.ts';
import { type Decision, TransactionCoordinator } from './transaction-coordinator.ts';

export type SimulatedTopic = {
  readonly name: string;
  readonly id: string;
  readonly partitions: readonly PartitionLog[];
};

export type ClusterSize = {
  readonly nodes: number;
  readonly partitions: number;
  readonly topics: readonly string[];
};

export type ClusterOptions = ClusterSize & {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
};

/** Where a group's offsets are one of the places of a transaction. */
const offsetsPlace = (groupId: string): string => `offsets of ${groupId}`;
export const placeOf = ({ topic, partition }: TopicPartition): string => `${topic} ${partition}`;

const PORT = 9092;

export class SimulatedCluster {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly nodes: readonly number[];
  readonly topics: ReadonlyMap<string, SimulatedTopic>;
  readonly transactions: TransactionCoordinator;
  /** Called for every end of a transaction, before its markers are written. */
  onDecision: (decision: Decision) => void = () => {};
  /** Called after a partition has got records or a marker. */
  onAppend: (place: TopicPartition) => void = () => {};
  /** Asked where a fetch has found records of this topic: whether its answer has none all the same. */
  isTooSlowToRead: (topic: string) => boolean = () => false;
  /** How long after a decision the marker of this place is written, milliseconds. */
  markerDelayMs: (place: string) => number = () => 1;
  readonly #groups = new Map<string, Group>();
  readonly #topicsById: ReadonlyMap<string, SimulatedTopic>;
  readonly #offsets = new Map<string, GroupOffsets>();
  readonly #moved = new Map<string, number>();
  readonly #places = new Map<string, TopicPartition>();
  readonly #waiting = new Set<(place: TopicPartition) => void>();
  #memberIds = 0;

  constructor({ timeline, random, nodes, partitions, topics }: ClusterOptions) {
    this.timeline = timeline;
    this.random = random;
    this.nodes = Array.from({ length: nodes }, (_, index) => index + 1);
    this.topics = new Map(
      topics.map((name, index) => [name, this.#createTopic(name, { index, partitions })]),
    );
    this.#topicsById = new Map([...this.topics.values()].map((topic) => [topic.id, topic]));
    this.transactions = new TransactionCoordinator({
      timeline,
      writeMarker: (place, marker) => this.#mark(place, marker),
      markerDelayMs: (place) => this.markerDelayMs(place),
      onDecision: (decision) => this.onDecision(decision),
    });
  }

  addressOf(node: number): BrokerAddress {
    return { host: `broker-${node}`, port: PORT };
  }

  nodeAt({ host }: BrokerAddress): number {
    return Number(host.slice(host.lastIndexOf('-') + 1));
  }

  log(topic: string, partition: number): PartitionLog | undefined {
    return this.topics.get(topic)?.partitions[partition];
  }

  topicById(id: string): SimulatedTopic | undefined {
    return this.#topicsById.get(id);
  }

  leaderOf(place: TopicPartition): number {
    const spread = place.partition;
    return this.#moved.size === 0 ? this.#atFirst(spread) : this.#inCharge(placeOf(place), spread);
  }

  /** How often the partition has got another leader. */
  leaderEpochOf(place: TopicPartition): number {
    return this.#moved.get(placeOf(place)) ?? 0;
  }

  coordinatorOf(kind: CoordinatorKind, key: string): number {
    return this.#inCharge(`${kind} ${key}`, key.length);
  }

  /** Puts another broker in charge of a partition, a group or a transactional id. */
  move(place: string): void {
    const node = (this.#moved.get(place) ?? 0) + 1;
    this.#moved.set(place, node);
  }

  group(groupId: string): Group {
    let group = this.#groups.get(groupId);
    if (group === undefined) {
      group = new Group(this.timeline, (name) => `${name}-${++this.#memberIds}`);
      this.#groups.set(groupId, group);
    }
    return group;
  }

  hasGroup(groupId: string): boolean {
    return this.#groups.has(groupId);
  }

  offsetsOf(groupId: string): GroupOffsets {
    const offsets = this.#offsets.get(groupId) ?? new GroupOffsets();
    this.#offsets.set(groupId, offsets);
    return offsets;
  }

  /** Lets a partition join the producer's transaction; an error code as a produce request gets it. */
  joinPartition(
    transactionalId: string,
    identity: { producerId: number; producerEpoch: number },
    place: string,
  ): number {
    const errorCode = this.transactions.join(transactionalId, identity, place);
    if (errorCode === kafkaErrors.CONCURRENT_TRANSACTIONS) return kafkaErrors.NOT_ENOUGH_REPLICAS;
    return errorCode === kafkaErrors.PRODUCER_FENCED ? kafkaErrors.INVALID_PRODUCER_EPOCH : errorCode;
  }

  joinOffsets(
    transactionalId: string,
    identity: { producerId: number; producerEpoch: number },
    groupId: string,
  ): number {
    const errorCode = this.transactions.join(transactionalId, identity, offsetsPlace(groupId));
    return errorCode === kafkaErrors.PRODUCER_FENCED ? kafkaErrors.INVALID_PRODUCER_EPOCH : errorCode;
  }

  /** Tells everybody who waits for records that there are new ones. */
  appended(place: TopicPartition): void {
    this.onAppend(place);
    for (const wake of this.#waiting) wake(place);
  }

  /** Calls back at every change of a log until the returned function is called. */
  watch(wake: (place: TopicPartition) => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** The groups among the places of a transaction. */
  groupsIn(places: ReadonlySet<string>): string[] {
    return [...this.#offsets.keys()].filter((groupId) => places.has(offsetsPlace(groupId)));
  }

  partitionsIn(places: ReadonlySet<string>): TopicPartition[] {
    return [...places].flatMap((name) => this.#places.get(name) ?? []);
  }

  #createTopic(name: string, { index, partitions }: { index: number; partitions: number }): SimulatedTopic {
    const logs = Array.from({ length: partitions }, (_, partition) => {
      const log = new PartitionLog();
      const place = { topic: name, partition };
      this.#places.set(placeOf(place), place);
      return log;
    });
    return { name, id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`, partitions: logs };
  }

  /** Who is in charge as long as nothing has moved. */
  #atFirst(spread: number): number {
    return this.nodes[spread % this.nodes.length] as number;
  }

  #inCharge(place: string, spread: number): number {
    return this.nodes[(spread + (this.#moved.get(place) ?? 0)) % this.nodes.length] as number;
  }

  #mark(name: string, marker: Marker): void {
    const place = this.#places.get(name);
    if (place === undefined) {
      for (const [groupId, offsets] of this.#offsets)
        if (offsetsPlace(groupId) === name) offsets.mark(marker);
      return;
    }
    this.log(place.topic, place.partition)?.mark(marker, Math.floor(this.timeline.nowMs));
    this.appended(place);
  }
}
