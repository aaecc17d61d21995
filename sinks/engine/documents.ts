/**
 * Batches of a compacted topic as documents: each record decoded, beside its bytes as they came. A record that is not what the
 * topic may hold ends the process: only the processor writes these topics, so somebody else did, or a release is too old.
 */
import type { TopicCodec } from '@fluxo/kafka';
import type { AvroRecords } from '@fluxo/schemas';
import type { LogRecord } from './ports.ts';
import { type SinkBatch, SinkRefusedError } from './sink.ts';

export type Document<Name extends keyof AvroRecords> = {
  readonly record: AvroRecords[Name];
  readonly body: Uint8Array;
};

/** The documents of the batches, in order, without deletions. Asks the registry when a schema is new to this process. */
export async function documentsOf<Name extends keyof AvroRecords>(
  name: Name,
  batches: readonly SinkBatch[],
  codec: TopicCodec,
): Promise<readonly Document<Name>[]> {
  const records = batches.flatMap((batch) => batch.records.map((each) => ({ batch, each })));
  if (codec.hasUnknownSchema(records.map(({ each }) => each.value))) await codec.refresh();
  return records.flatMap(({ batch, each }) => {
    if (each.value === null) return [];
    const decoded = codec.decode(each.value);
    if (decoded.kind !== 'record' || decoded.type !== name) throw notADocument(name, batch.partition, each);
    return [{ record: decoded.value as AvroRecords[Name], body: each.value }];
  });
}

function notADocument(name: string, partition: number, record: LogRecord): SinkRefusedError {
  return new SinkRefusedError(
    `offset ${record.offset} of partition ${partition} is no ${name} this release can read: another program wrote into the topic, or a newer release did. ` +
      'Upgrade this process; if the record is foreign, take away the write permission it came by and publish a right document under its key.',
  );
}
