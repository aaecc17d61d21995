/** Documents of one topic into Postgres, whatever they are; how one becomes rows is the layout's to say. */
import type { AvroRecords } from '@fluxo/schemas';
import { DocumentSink, type DocumentTopic } from '../engine/document.sink.ts';
import type { Document } from '../engine/documents.ts';
import { type DocumentLayout, type DocumentRows, writeDocuments } from './document-tables.ts';
import type { PostgresStore } from './postgres-store.ts';

export type RowsOf<Name extends keyof AvroRecords> = {
  readonly layout: DocumentLayout;
  readonly rowsOf: (document: Document<Name>) => DocumentRows;
};

export class PostgresDocumentSink<Name extends keyof AvroRecords> extends DocumentSink<Name> {
  constructor(documents: DocumentTopic<Name>, { layout, rowsOf }: RowsOf<Name>, store: PostgresStore) {
    super(documents, {
      open: (topic, partitions) => store.open(topic, partitions),
      close: () => store.close(),
      write: async (topic, batches, found) => {
        if (found.length > 0)
          return store.write(topic, batches, (client) => writeDocuments(client, layout, found.map(rowsOf)));
        await store.confirm(topic, batches);
        return 0;
      },
    });
  }
}
