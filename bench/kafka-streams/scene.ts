/**
 * What the comparison stands on: one broker, both inputs loaded with the same entries, and how a contender's progress is seen
 * from outside (the offsets its group has committed).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, type createIdempotentProducer, GroupOffsets, LogReader } from '@fluxo/kafka';
import { type EntrySubmitted, partitionOf } from '@fluxo/schemas';
import type { TestStack } from '../../testing/stacks.ts';
import type { Contender } from './contender.ts';

type Producer = Awaited<ReturnType<typeof createIdempotentProducer>>;

const PRELOAD_BATCH = 10_000;
/** No step takes longer than this; a contender that needs more has stopped. */
const PATIENCE_MS = 180_000;

export type SceneOptions = {
  readonly stack: TestStack;
  readonly cluster: Cluster;
  readonly producer: Producer;
  readonly partitions: number;
};

export class Scene {
  readonly stack: TestStack;
  readonly reader: LogReader;
  readonly partitions: number;
  readonly #producer: Producer;
  readonly #groups: GroupOffsets;

  constructor({ stack, cluster, producer, partitions }: SceneOptions) {
    this.stack = stack;
    this.partitions = partitions;
    this.reader = new LogReader(cluster);
    this.#groups = new GroupOffsets(cluster);
    this.#producer = producer;
  }

  /** Processes that are meant to work while this contender is measured: this one, the broker, the registry, it. */
  pidsFor(contender: Contender): readonly number[] {
    const servers = ['kafka', 'registry'].map((name) => this.stack.pidOf(name));
    return [process.pid, ...servers.filter((pid) => pid !== null), contender.pid()];
  }

  /** Appends the entries to the contender's input; resolves when they are acknowledged. */
  async send(
    contender: Pick<Contender, 'inputTopic' | 'encode'>,
    entries: readonly EntrySubmitted[],
  ): Promise<void> {
    if (entries.length === 0) return;
    const messages = entries.map((entry) => {
      const key = Buffer.from(entry.merchantId);
      return { key, value: contender.encode(entry), partition: partitionOf(key, this.partitions) };
    });
    await this.#producer.send({ topic: contender.inputTopic, acks: -1, messages });
  }

  async preload(
    contender: Pick<Contender, 'inputTopic' | 'encode'>,
    entries: number,
    entryAt: (position: number) => EntrySubmitted,
  ): Promise<void> {
    for (let at = 0; at < entries; at += PRELOAD_BATCH) {
      const count = Math.min(PRELOAD_BATCH, entries - at);
      await this.send(
        contender,
        Array.from({ length: count }, (_, n) => entryAt(at + n)),
      );
      if (at % (10 * PRELOAD_BATCH) === 0)
        console.error(`${contender.inputTopic}: ${at} of ${entries} entries written`);
    }
  }

  /** The end of each partition of the topic. */
  async ends(topic: string): Promise<readonly number[]> {
    return Promise.all(
      Array.from({ length: this.partitions }, (_, partition) => this.reader.endOffset(topic, partition)),
    );
  }

  /** What the contender's group has committed, partition by partition; 0 where nothing was yet. */
  async committed({ groupId, inputTopic }: Contender): Promise<readonly number[]> {
    const offsets = await this.#groups.committed({ groupId, topic: inputTopic });
    return Array.from({ length: this.partitions }, (_, partition) => offsets.get(partition) ?? 0);
  }

  /** Looks at the contender's progress again and again until it is as wanted. Throws when the contender has died or stopped. */
  async until(
    contender: Contender,
    everyMs: number,
    isReached: (committed: readonly number[]) => boolean,
  ): Promise<readonly number[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const committed = await this.committed(contender);
      if (isReached(committed)) return committed;
      contender.pid();
      if (performance.now() > deadline)
        throw new Error(
          `${contender.name} has not come further than ${sum(committed)} entries in ${PATIENCE_MS / 1_000} s`,
        );
      await sleep(everyMs);
    }
  }

  /** Resolves when the contender has committed everything that is in its input now. */
  async untilDone(contender: Contender): Promise<void> {
    const ends = await this.ends(contender.inputTopic);
    await this.until(contender, 50, (committed) =>
      ends.every((end, partition) => (committed[partition] ?? 0) >= end),
    );
  }
}

export function sum(offsets: readonly number[]): number {
  return offsets.reduce((total, offset) => total + offset, 0);
}
