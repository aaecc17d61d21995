import {
  type AvroRecords,
  avroSchemas,
  type RecordName,
  subjectOf,
  topics,
  VALUE_BYTES_MAX,
} from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import { dayClosed, entryPosted, entrySubmitted, submissionRejected } from './avro-samples.ts';
import type { AvroDefinition, AvroSchema } from './avro-schema.ts';
import { compileType } from './avro-types.ts';
import { LocalRegistry } from './local-registry.ts';
import { registerSchemas } from './register-schemas.ts';
import { TopicCodec } from './topic-codec.ts';

async function registered(): Promise<LocalRegistry> {
  const registry = new LocalRegistry();
  await registerSchemas(registry, Object.values(topics));
  return registry;
}

async function openSubmissions(): Promise<TopicCodec> {
  return TopicCodec.open(await registered(), topics.submissions);
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('encode and decode', () => {
  const cases: [keyof typeof topics, RecordName, AvroRecords[RecordName]][] = [
    ['submissions', 'EntrySubmitted', entrySubmitted],
    ['ledger', 'EntryPosted', entryPosted],
    ['ledger', 'DayClosed', dayClosed],
    ['rejections', 'SubmissionRejected', submissionRejected],
  ];
  test.each(cases)('in %s, %s comes back as it was', async (topic, type, value) => {
    const codec = await TopicCodec.open(await registered(), topics[topic]);
    const decoded = codec.decode(codec.encode(type, value));
    expect(decoded).toMatchObject({ kind: 'record', type });
    const { value: back } = decoded as { value: Record<string, unknown> };
    for (const [field, expected] of Object.entries(back))
      expect(plain(expected)).toEqual(plain(bufferOf((value as Record<string, unknown>)[field])));
  });

  test('the value begins with byte 0 and the schema’s id', async () => {
    const registry = await registered();
    const [own] = await registry.schemasUnder(subjectOf(topics.submissions, 'EntrySubmitted'));
    const bytes = (await TopicCodec.open(registry, topics.submissions)).encode(
      'EntrySubmitted',
      entrySubmitted,
    );
    expect([bytes[0], bytes.readInt32BE(1)]).toEqual([0, own?.id]);
  });

  test('each encoded value has bytes of its own, also across buffers', async () => {
    const codec = await openSubmissions();
    const names = Array.from({ length: 5_000 }, (_, n) => `m-${n}`);
    const values = names.map((merchantId) =>
      codec.encode('EntrySubmitted', { ...entrySubmitted, merchantId }),
    );
    values.at(-1)?.fill(0);
    expect(values.slice(0, -1).map((bytes) => merchantOf(codec, bytes))).toEqual(names.slice(0, -1));
  });

  test('a value larger than any buffer is written whole', async () => {
    const codec = await openSubmissions();
    const bytes = codec.encode('EntrySubmitted', { ...entrySubmitted, description: 'x'.repeat(600_000) });
    expect(bytes.length).toBeGreaterThan(600_000);
    expect(bytes.subarray(-100).toString('latin1')).toMatch(/^x+\0$/);
  });

  test('a plain Uint8Array with an offset of its own is read', async () => {
    const codec = await openSubmissions();
    const bytes = codec.encode('EntrySubmitted', entrySubmitted);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(codec.decode(shifted.subarray(3))).toMatchObject({
      kind: 'record',
      value: { merchantId: 'loja-042' },
    });
  });

  test('a record of another topic is a bug of the caller', async () => {
    const codec = await openSubmissions();
    expect(() => codec.encode('EntryPosted', entryPosted)).toThrow(/no value of/);
  });
});

function bufferOf(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

function merchantOf(codec: TopicCodec, bytes: Uint8Array): string | undefined {
  const decoded = codec.decode(bytes);
  return decoded.kind === 'record' && 'merchantId' in decoded.value ? decoded.value.merchantId : undefined;
}

describe('what is not a value of the topic', () => {
  test.each([
    ['nothing', null, /no value/],
    ['no byte', Buffer.alloc(0), /shorter/],
    ['four bytes', Buffer.alloc(4), /shorter/],
    ['JSON', Buffer.from('{"a":1}'), /byte 0/],
    ['more than 128 KiB', Buffer.alloc(VALUE_BYTES_MAX + 1), /more than/],
    ['an empty body', Buffer.from([0, 0, 0, 0, 1]), /EntrySubmitted: .*too early/],
  ])('%s is malformed', async (_, bytes, detail) => {
    const decoded = (await openSubmissions()).decode(bytes);
    expect(decoded).toEqual({ kind: 'malformed', detail: expect.stringMatching(detail) });
  });

  test('a schema registered for another topic is unknown, and stays so', async () => {
    const registry = await registered();
    const ledger = await TopicCodec.open(registry, topics.ledger);
    const submissions = await TopicCodec.open(registry, topics.submissions);
    const bytes = ledger.encode('EntryPosted', entryPosted);
    await submissions.refresh();
    expect(submissions.decode(bytes)).toEqual({ kind: 'unknown-schema', schemaId: bytes.readInt32BE(1) });
    expect([null, Buffer.from('x'), bytes].map((value) => submissions.hasUnknownSchema(value))).toEqual([
      false,
      false,
      true,
    ]);
    expect([...submissions.unknownSchemas([null, bytes, bytes])]).toEqual([bytes.readInt32BE(1)]);
  });
});

describe('a topic whose schemas grow', () => {
  const subject = subjectOf(topics.submissions, 'EntrySubmitted');
  const own = avroSchemas.EntrySubmitted as AvroDefinition;
  const withNote: AvroSchema = {
    ...own,
    fields: [...(own.fields ?? []), { name: 'note', type: ['null', 'string'], default: null }],
  };

  test('what a newer release writes is learnt by refresh and read as our version', async () => {
    const registry = await registered();
    const codec = await TopicCodec.open(registry, topics.submissions);
    const id = await registry.register(subject, withNote);
    const bytes = codec.encode('EntrySubmitted', entrySubmitted);
    const body = compileType(withNote).toBuffer({ ...entrySubmitted, note: 'hi' });
    const newer = Buffer.concat([Buffer.from([0, 0, 0, 0, id]), body]);
    expect(codec.decode(newer)).toEqual({ kind: 'unknown-schema', schemaId: id });
    await codec.refresh();
    expect(codec.hasUnknownSchema(newer)).toBe(false);
    expect(plain(codec.decode(newer))).toEqual(plain(codec.decode(bytes)));
    expect(codec.decode(newer)).not.toHaveProperty('value.note');
  });

  test('we go on writing with our own version', async () => {
    const registry = await registered();
    const [ours] = await registry.schemasUnder(subject);
    await registry.register(subject, withNote);
    const codec = await TopicCodec.open(registry, topics.submissions);
    expect(codec.encode('EntrySubmitted', entrySubmitted).readInt32BE(1)).toBe(ours?.id);
  });

  test('a schema that cannot be resolved to ours makes its values malformed, not the process end', async () => {
    const registry = await registered();
    const codec = await TopicCodec.open(registry, topics.submissions);
    await registry.setCompatibility(subject, 'NONE');
    const id = await registry.register(subject, {
      type: 'record',
      name: 'fluxo.cash.v1.EntrySubmitted',
      fields: [],
    });
    await codec.refresh();
    const bytes = Buffer.from([0, 0, 0, 0, id]);
    expect(codec.decode(bytes)).toEqual({
      kind: 'malformed',
      detail: expect.stringMatching(/cannot be resolved/),
    });
  });

  test('without our schemas the codec does not open and says what to do', async () => {
    await expect(TopicCodec.open(new LocalRegistry(), topics.submissions)).rejects.toMatchObject({
      code: 'schema-not-registered',
      message: expect.stringMatching(/EntrySubmitted.*Register them/s),
    });
  });
});
