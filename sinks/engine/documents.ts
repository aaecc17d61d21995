/**
 * Batches of a topic as decoded records, each beside its bytes and its place. A record that is not what the topic may hold ends the
 * process: only the processor writes these topics, so somebody else did, or a release is too old.
 */
import type { TopicCodec } from '@fluxo/kafka';
import type { AvroRecords } from '@fluxo/schemas';
import type { LogRecord } from './ports.ts';
import { type SinkBatch, SinkRefusedError } from './sink.ts';

/** What of a batch matters here. */
export type StandingRecords = Pick<SinkBatch, 'partition' | 'records'>;

type Name = keyof AvroRecords;

/** A record of one of these types, where it stands, and its bytes as they came. */
export type TypedRecord<Names extends Name> = {
  readonly [Each in Names]: { readonly type: Each; readonly record: AvroRecords[Each] };
}[Names] & { readonly body: Uint8Array; readonly partition: number; readonly offset: number };

export type Document<Each extends Name> = TypedRecord<Each>;

/** The documents of the batches, in order, without deletions. Asks the registry when a schema is new to this process. */
export function documentsOf<Each extends Name>(
  name: Each,
  batches: readonly StandingRecords[],
  codec: TopicCodec,
): Promise<readonly Document<Each>[]> {
  return recordsOf([name], batches, codec);
}

/** The records of the batches, in order, without deletions. Asks the registry when a schema is new to this process. */
export async function recordsOf<Names extends Name>(
  names: readonly Names[],
  batches: readonly StandingRecords[],
  codec: TopicCodec,
): Promise<readonly TypedRecord<Names>[]> {
  const records = batches.flatMap((batch) => batch.records.map((each) => ({ batch, each })));
  await codec.learnSchemasOf(records.map(({ each }) => each.value));
  const wanted: readonly string[] = names;
  return records.flatMap(({ batch: { partition }, each }) => {
    const { value, offset } = each;
    if (value === null) return [];
    const decoded = codec.decode(value);
    if (decoded.kind !== 'record' || !wanted.includes(decoded.type)) throw notOneOf(names, partition, each);
    const { type, value: record } = decoded;
    return [{ type, record, body: value, partition, offset } as TypedRecord<Names>];
  });
}

function notOneOf(names: readonly string[], partition: number, record: LogRecord): SinkRefusedError {
  return new SinkRefusedError(
    `offset ${record.offset} of partition ${partition} is no ${names.join(' or ')} this release can read: another program wrote into the topic, or a newer release did. ` +
      'Upgrade this process; if the record is foreign, take away the write permission it came by and publish a right document under its key.',
  );
}
