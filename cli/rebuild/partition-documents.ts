/** What the topics of balances and merchants hold in one partition, read on whenever somebody asks for what has come since. */
import { readTopic } from '@fluxo/pipeline';
import { servedTopics } from '@fluxo/schemas';
import { type LatestCodecs, LatestDocuments, type Truth } from '@fluxo/sinks';
import type { StackKafka } from '../stack-connection.ts';

export type PartitionDocumentsOptions = {
  readonly partition: number;
  readonly codecs: LatestCodecs;
  readonly signal: AbortSignal;
};

export class PartitionDocuments implements Truth {
  readonly #kafka: StackKafka;
  readonly #partition: number;
  readonly #signal: AbortSignal;
  readonly #documents: LatestDocuments;
  /** Topic → next offset to be read. */
  readonly #positions = new Map<string, number>();

  constructor(kafka: StackKafka, { partition, codecs, signal }: PartitionDocumentsOptions) {
    this.#kafka = kafka;
    this.#partition = partition;
    this.#signal = signal;
    this.#documents = new LatestDocuments(codecs);
  }

  get merchantIds(): readonly string[] {
    return this.#documents.merchantIds;
  }

  of(merchantId: string): ReturnType<Truth['of']> {
    return this.#documents.of(merchantId);
  }

  async readOn(): Promise<void> {
    for (const { name: topic } of servedTopics) {
      const partition = this.#partition;
      const { reader } = this.#kafka;
      const from = this.#positions.get(topic) ?? (await reader.startOffset(topic, partition));
      const to = await reader.endOffset(topic, partition);
      for await (const records of readTopic(this.#kafka, { topic, partition, from, to }, this.#signal))
        await this.#documents.take(topic, { partition, records });
      this.#positions.set(topic, to);
    }
  }
}
