/**
 * What a measurement stands on: a broker, an input loaded with entries, and how the progress of its subject is seen
 * from outside (the offsets its group has committed).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, GroupOffsets, type IdempotentProducer, LogReader } from '@fluxo/kafka';
import { type EntrySubmitted, partitionOf } from '@fluxo/schemas';
import type { TestStack } from '../../testing/stacks.ts';
import type { Measured } from './measured.ts';

/** Entries sent at once: as many as are quick, but for each partition no more than a broker takes in one batch (1 MB). */
const PRELOAD_BATCH = 10_000;
const PRELOAD_BATCH_PER_PARTITION = 3_000;
/** No step takes longer than this; a subject that needs more has stopped. */
const PATIENCE_MS = 180_000;

export type SceneOptions = {
  readonly stack: TestStack;
  readonly cluster: Cluster;
  readonly producer: IdempotentProducer;
  readonly partitions: number;
};

export class Scene {
  readonly stack: TestStack;
  readonly reader: LogReader;
  readonly partitions: number;
  readonly #producer: IdempotentProducer;
  readonly #groups: GroupOffsets;

  constructor({ stack, cluster, producer, partitions }: SceneOptions) {
    this.stack = stack;
    this.partitions = partitions;
    this.reader = new LogReader(cluster);
    this.#groups = new GroupOffsets(cluster);
    this.#producer = producer;
  }

  /** Processes that are meant to work meanwhile: this one, the broker, the registry, those under measurement. */
  pidsFor(subject: Measured): readonly number[] {
    const servers = ['kafka', 'registry'].map((name) => this.stack.pidOf(name));
    return [process.pid, ...servers.filter((pid) => pid !== null), ...subject.pids()];
  }

  /** Appends the entries to the subject's input; resolves when they are acknowledged. */
  async send(
    subject: Pick<Measured, 'inputTopic' | 'encode'>,
    entries: readonly EntrySubmitted[],
  ): Promise<void> {
    if (entries.length === 0) return;
    const messages = entries.map((entry) => {
      const key = Buffer.from(entry.merchantId);
      return { key, value: subject.encode(entry), partition: partitionOf(key, this.partitions) };
    });
    await this.#producer.send(subject.inputTopic, messages);
  }

  async preload(
    subject: Pick<Measured, 'inputTopic' | 'encode'>,
    entries: number,
    entryAt: (position: number) => EntrySubmitted,
  ): Promise<void> {
    const batch = Math.min(PRELOAD_BATCH, PRELOAD_BATCH_PER_PARTITION * this.partitions);
    for (let at = 0; at < entries; at += batch) {
      const count = Math.min(batch, entries - at);
      await this.send(
        subject,
        Array.from({ length: count }, (_, n) => entryAt(at + n)),
      );
      if (at % (10 * batch) === 0)
        console.error(`${subject.inputTopic}: ${at} of ${entries} entries written`);
    }
  }

  /** The end of each partition of the topic. */
  async ends(topic: string): Promise<readonly number[]> {
    return Promise.all(
      Array.from({ length: this.partitions }, (_, partition) => this.reader.endOffset(topic, partition)),
    );
  }

  /** What the subject's group has committed, partition by partition; 0 where nothing was yet. */
  async committed({ groupId, inputTopic }: Measured): Promise<readonly number[]> {
    const offsets = await this.#groups.committed({ groupId, topic: inputTopic });
    return Array.from({ length: this.partitions }, (_, partition) => offsets.get(partition) ?? 0);
  }

  /** Looks at the subject's progress again and again until it is as wanted. Throws when the subject has died or stopped. */
  async until(
    subject: Measured,
    everyMs: number,
    isReached: (committed: readonly number[]) => boolean,
  ): Promise<readonly number[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const committed = await this.committed(subject);
      if (isReached(committed)) return committed;
      subject.pids();
      if (performance.now() > deadline)
        throw new Error(
          `${subject.name} has not come further than ${sum(committed)} entries in ${PATIENCE_MS / 1_000} s`,
        );
      await sleep(everyMs);
    }
  }

  /** Resolves when the subject has committed everything that is in its input now. */
  async untilDone(subject: Measured): Promise<void> {
    const ends = await this.ends(subject.inputTopic);
    await this.until(subject, 50, (committed) =>
      ends.every((end, partition) => (committed[partition] ?? 0) >= end),
    );
  }
}

export function sum(offsets: readonly number[]): number {
  return offsets.reduce((total, offset) => total + offset, 0);
}
