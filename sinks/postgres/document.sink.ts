/** Documents into Postgres: the sink of one topic of documents, whatever they are; how one becomes rows is the layout's to say. */
import type { TopicCodec } from '@fluxo/kafka';
import type { AvroRecords, TopicDefinition } from '@fluxo/schemas';
import { type Document, documentsOf } from '../engine/documents.ts';
import type { Sink, SinkBatch, WriteCount } from '../engine/sink.ts';
import { type DocumentLayout, type DocumentRows, writeDocuments } from './document-tables.ts';
import type { PostgresStore } from './postgres-store.ts';

export type DocumentKind<Name extends keyof AvroRecords> = {
  readonly topic: TopicDefinition;
  readonly record: Name;
  readonly layout: DocumentLayout;
  readonly rowsOf: (document: Document<Name>) => DocumentRows;
};

export class PostgresDocumentSink<Name extends keyof AvroRecords> implements Sink {
  readonly #kind: DocumentKind<Name>;
  readonly #store: PostgresStore;
  readonly #codec: TopicCodec;

  constructor(kind: DocumentKind<Name>, store: PostgresStore, codec: TopicCodec) {
    this.#kind = kind;
    this.#store = store;
    this.#codec = codec;
  }

  connect(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return this.#store.open(this.#kind.topic.name, partitions);
  }

  async write(batches: readonly SinkBatch[]): Promise<WriteCount> {
    const { topic, record, layout, rowsOf } = this.#kind;
    const documents = await documentsOf(record, batches, this.#codec);
    if (documents.length === 0) {
      await this.#store.confirm(topic.name, batches);
      return { written: 0, refused: 0 };
    }
    const written = await this.#store.write(topic.name, batches, (client) =>
      writeDocuments(client, layout, documents.map(rowsOf)),
    );
    return { written, refused: documents.length - written };
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
