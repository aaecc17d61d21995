/**
 * Makes the DynamoDB view right where it stands, partition by partition, while readers and sinks go on: wrong items are exchanged one by one, and
 * what the topics do not have is taken away (decision 0038). Ended at any moment, each item is right or as it was.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { totalOf } from '@fluxo/pipeline';
import { partitionOf, topics } from '@fluxo/schemas';
import { type Mended, RetriableSinkError, TableMender, type Truth } from '@fluxo/sinks';
import type { StackKafka } from '../stack-connection.ts';
import { type RebuildOptions, stepText } from './fill-generation.ts';
import { PartitionDocuments } from './partition-documents.ts';

/** Merchants that are looked at with one reading of the topics. */
const MERCHANTS_AT_ONCE = 100;
const ATTEMPTS_MAX = 6;
const RETRY_FIRST_MS = 1_000;

export type RebuildDynamodbOptions = RebuildOptions & {
  /** As FLUXO_DYNAMODB has it. */
  readonly address: string;
};

export type RebuiltTable = Mended & { readonly merchants: number };

/** Resolves when every item is right. Fails with what `TableMender` fails with. */
export async function rebuildDynamodb(
  kafka: StackKafka,
  options: RebuildDynamodbOptions,
): Promise<RebuiltTable> {
  const mender = new TableMender(options.address, options.signal);
  try {
    return await new Rebuild(kafka, mender, options).run();
  } finally {
    mender.close();
  }
}

class Rebuild {
  readonly #kafka: StackKafka;
  readonly #mender: TableMender;
  readonly #options: RebuildDynamodbOptions;
  #merchants = 0;

  constructor(kafka: StackKafka, mender: TableMender, options: RebuildDynamodbOptions) {
    this.#kafka = kafka;
    this.#mender = mender;
    this.#options = options;
  }

  async run(): Promise<RebuiltTable> {
    const { dailyBalances, merchants } = topics;
    const codecs = {
      dailyBalances: await this.#kafka.codecOf(dailyBalances),
      merchants: await this.#kafka.codecOf(merchants),
    };
    const partitions = await this.#kafka.partitionsOf(dailyBalances);
    const { spans } = this.#options;
    const stored = await this.#mender.merchants();
    const pace = { done: 0, total: totalOf(spans), startedMs: performance.now() };
    for (let partition = 0; partition < partitions; partition += 1) {
      const documents = new PartitionDocuments(this.#kafka, { partition, codecs, ...this.#options });
      await documents.readOn();
      const here = [...stored].filter((id) => partitionOf(Buffer.from(id), partitions) === partition);
      const offsets = totalOf(spans.filter((span) => span.partition === partition));
      await this.#mendAll([...new Set([...here, ...documents.merchantIds])], documents, (share) =>
        this.#show({ ...pace, done: pace.done + Math.floor(share * offsets) }),
      );
      pace.done += offsets;
    }
    return { merchants: this.#merchants, ...this.#mender.mended };
  }

  async #mendAll(
    merchantIds: readonly string[],
    documents: Truth,
    onShare: (share: number) => void,
  ): Promise<void> {
    for (let at = 0; at < merchantIds.length; at += MERCHANTS_AT_ONCE) {
      this.#options.signal.throwIfAborted();
      onShare(at / merchantIds.length);
      const part = merchantIds.slice(at, at + MERCHANTS_AT_ONCE);
      await this.#persistently(() => this.#mender.mend(part, documents));
      this.#merchants += part.length;
    }
  }

  /** A table that throttles is given time; mending the same again is harmless. */
  async #persistently(step: () => Promise<void>): Promise<void> {
    for (let attempt = 1, pauseMs = RETRY_FIRST_MS; ; attempt += 1, pauseMs *= 2) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof RetriableSinkError) || attempt === ATTEMPTS_MAX) throw error;
        this.#options.onTrouble(error.message);
      }
      await sleep(pauseMs, undefined, { signal: this.#options.signal });
    }
  }

  #show({ done, total, startedMs }: { done: number; total: number; startedMs: number }): void {
    const count = stepText({ done, total, elapsedMs: performance.now() - startedMs });
    this.#options.progress.show({ done, count });
  }
}
