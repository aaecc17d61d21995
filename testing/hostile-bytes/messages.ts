/**
 * Valid messages to start from: every type of submission, from generated tills, with long and short lists, and entries of a
 * later version of the schema. All carry the id under which their schema is registered.
 */
import { LocalRegistry, openTopicCodecs, registerSchemas } from '@fluxo/kafka';
import { allTopics, avroSchemas, type RecordName, subjectOf, topics } from '@fluxo/schemas';
import type { AvroSchema } from '../../kafka/avro/avro-schema.ts';
import { compileType } from '../../kafka/avro/avro-types.ts';
import type { DailyBalanceCodecs } from '../../streams/topologies/record-codec.ts';
import { type GeneratedSubmission, generateSubmissions } from '../submission-generator.ts';
import { laterEntrySubmitted, laterFields } from './later-version.ts';
import type { Message } from './mutations.ts';
import { readNaively } from './naive-reader.ts';

/** A schema under the topic's subjects: who wrote with it which record. */
export type KnownSchema = { readonly record: RecordName; readonly schema: AvroSchema };

export type Stock = {
  readonly codecs: DailyBalanceCodecs;
  /** By schema id, everything a submission may be written with. */
  readonly schemas: ReadonlyMap<number, KnownSchema>;
  /** Configurations that make every merchant of the messages known. */
  readonly openings: readonly Message[];
  readonly messages: readonly Message[];
};

const MERCHANTS = 4;
const COUNT = 400;

/** The same in every run. */
export async function stockMessages(): Promise<Stock> {
  const registry = new LocalRegistry();
  await registerSchemas(registry, allTopics);
  const later = await registry.register(subjectOf(topics.submissions, 'EntrySubmitted'), laterEntrySubmitted);
  const codecs = await openTopicCodecs(registry);
  const schemas = await schemasOf(registry);
  const submissions = [...generateSubmissions({ seed: 7, count: COUNT, merchants: MERCHANTS, days: 20 })];
  const written = submissions.map((submission) => encoded(codecs, submission));
  const entries = submissions.filter(({ type }) => type === 'EntrySubmitted').slice(0, 40);
  const future = entries.flatMap(({ value }) =>
    laterFields.map((fields) => inWireFormat(later, { ...value, ...fields })),
  );
  const messages = [...written, ...future].map((bytes) => messageOf(bytes, schemas));
  return { codecs, schemas, openings: messages.slice(0, MERCHANTS), messages };
}

async function schemasOf(registry: LocalRegistry): Promise<ReadonlyMap<number, KnownSchema>> {
  const known = new Map<number, KnownSchema>();
  for (const record of topics.submissions.values)
    for (const { id, schema } of await registry.schemasUnder(subjectOf(topics.submissions, record)))
      known.set(id, { record, schema });
  return known;
}

function encoded(codecs: DailyBalanceCodecs, { type, value }: GeneratedSubmission): Buffer {
  return Buffer.from(codecs.submissions.encode(type, value));
}

function inWireFormat(schemaId: number, value: object): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(schemaId, 1);
  return Buffer.concat([header, compileType(laterEntrySubmitted).toBuffer(value)]);
}

function messageOf(bytes: Buffer, schemas: ReadonlyMap<number, KnownSchema>): Message {
  const known = schemas.get(bytes.readUInt32BE(1));
  const reading = readNaively(known?.schema ?? avroSchemas.EntrySubmitted, bytes, 5);
  if (reading.kind === 'none') throw new Error(`a message to start from is none: ${reading.problem}`);
  const { merchantId } = reading.value as { readonly merchantId: string };
  return { bytes, spans: reading.spans, key: Buffer.from(merchantId) };
}
