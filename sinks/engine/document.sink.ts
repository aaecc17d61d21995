/**
 * The sink of one topic of documents into any store: decodes them and leaves everything else to the store, whose write carries the guard
 * by revision and the move of the positions.
 */
import type { TopicCodec } from '@fluxo/kafka';
import type { AvroRecords, TopicDefinition } from '@fluxo/schemas';
import { type Document, documentsOf } from './documents.ts';
import type { Sink, SinkBatch, WriteCount } from './sink.ts';

export type DocumentTopic<Name extends keyof AvroRecords> = {
  readonly topic: TopicDefinition;
  readonly record: Name;
  readonly codec: TopicCodec;
};

/** What a store does for the documents of one topic; it fails as `Sink` says. */
export type DocumentStore<Name extends keyof AvroRecords> = {
  /** How far these partitions of the topic have been written. */
  open(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** Writes the documents and moves the positions; returns how many replaced what was stored. */
  write(topic: string, batches: readonly SinkBatch[], documents: readonly Document<Name>[]): Promise<number>;
  close(): void | Promise<void>;
};

export class DocumentSink<Name extends keyof AvroRecords> implements Sink {
  readonly #documents: DocumentTopic<Name>;
  readonly #store: DocumentStore<Name>;

  constructor(documents: DocumentTopic<Name>, store: DocumentStore<Name>) {
    this.#documents = documents;
    this.#store = store;
  }

  connect(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return this.#store.open(this.#documents.topic.name, partitions);
  }

  async write(batches: readonly SinkBatch[]): Promise<WriteCount> {
    const { topic, record, codec } = this.#documents;
    const documents = await documentsOf(record, batches, codec);
    const written = await this.#store.write(topic.name, batches, documents);
    return { written, refused: documents.length - written };
  }

  async close(): Promise<void> {
    await this.#store.close();
  }
}
