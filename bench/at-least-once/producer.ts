/**
 * A producer that stands where the transactional one does and promises less: outputs are appended as they are, and when all of
 * them are acknowledged the positions are committed. Whoever dies in between publishes them again. It exists to show what
 * exactly-once costs, and nowhere but here: the results of a fold that counts twice are wrong.
 */
import type { Cluster, ConsumerGroup, GroupIdentity, OutgoingRecord } from '@fluxo/kafka';
import { BatchSender } from '../../kafka/batch-sender.ts';
import type { Batches } from '../../kafka/outgoing-batches.ts';
import { encodeRecordBatch } from '../../kafka/record-batch-writer.ts';
import type { TransactionalProducer } from '../../streams/engine/ports.ts';

const REQUEST_TIMEOUT_MS = 8_000;
const LIMITS = { budgetMs: 9_000, pauseFirstMs: 2, pauseMaxMs: 10 };

/** Our records are a few hundred bytes, and a broker takes batches up to 1 MB. */
const BATCH_RECORDS = 2_000;
/** Who has no producer id: records of it are neither numbered nor recognised. */
const NOBODY = { producerId: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false } as const;

export class AtLeastOnceProducer implements TransactionalProducer {
  readonly #cluster: Cluster;
  readonly #group: ConsumerGroup;
  readonly #sender: BatchSender;
  #commitPositions: () => Promise<void> = async () => {};

  constructor(cluster: Cluster, group: ConsumerGroup) {
    this.#cluster = cluster;
    this.#group = group;
    const lane = cluster.lane(REQUEST_TIMEOUT_MS);
    this.#sender = new BatchSender({ cluster, lane, transactionalId: null, limits: LIMITS });
  }

  async init(): Promise<void> {}

  async produce(records: readonly OutgoingRecord[]): Promise<void> {
    const nowMs = this.#cluster.clock.nowMs();
    for (const round of roundsOf(records, nowMs)) await this.#sender.send(round);
  }

  async sendOffsets(offsets: ReadonlyMap<number, number>, identity: GroupIdentity): Promise<void> {
    this.#commitPositions = () => this.#group.commit(offsets, identity);
  }

  /** Notes are for whoever comes after a death, and nobody dies here. */
  async sendNotes(): Promise<void> {
    this.#commitPositions = async () => {};
  }

  async end(): Promise<void> {
    await this.#commitPositions();
  }

  async close(): Promise<void> {}
}

/** Batches in rounds with at most one per partition. */
function roundsOf(records: readonly OutgoingRecord[], timestampMs: number): Batches[number][][] {
  const rounds: Batches[number][][] = [];
  for (const own of Map.groupBy(records, ({ topic, partition }) => `${topic} ${partition}`).values()) {
    const { topic, partition } = own[0] as OutgoingRecord;
    for (let at = 0; at < own.length; at += BATCH_RECORDS) {
      const bytes = encodeRecordBatch(own.slice(at, at + BATCH_RECORDS), { ...NOBODY, timestampMs });
      const round = rounds[at / BATCH_RECORDS];
      if (round === undefined) rounds.push([{ topic, partition, bytes }]);
      else round.push({ topic, partition, bytes });
    }
  }
  return rounds;
}
