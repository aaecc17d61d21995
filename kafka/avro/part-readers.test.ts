/**
 * Parts of records against the whole decoding of the same bytes: an outline says what `decode` says, and nothing of what `decode`
 * refuses. What it leaves to `decode` is read there.
 */
import { type AvroRecords, avroSchemas, type RecordName, subjectOf, topics } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { damages, valuesOf } from '../../testing/avro-values.ts';
import { dayClosed, entryPosted } from './avro-samples.ts';
import type { AvroDefinition, AvroSchema } from './avro-schema.ts';
import { compileType } from './avro-types.ts';
import { LocalRegistry } from './local-registry.ts';
import { registerSchemas } from './register-schemas.ts';
import { TopicCodec } from './topic-codec.ts';

async function ledgerCodec(): Promise<{ readonly registry: LocalRegistry; readonly codec: TopicCodec }> {
  const registry = new LocalRegistry();
  await registerSchemas(registry, Object.values(topics));
  return { registry, codec: await TopicCodec.open(registry, topics.ledger) };
}

describe('reading only the begin of a record', () => {
  async function ledgerHead() {
    const { codec } = await ledgerCodec();
    return { codec, head: codec.headReader('EntryPosted', ['ledgerSeq', 'merchantId']) };
  }

  test('it has the fields asked for, whatever follows them', async () => {
    const { codec, head } = await ledgerHead();
    const value = codec.encode('EntryPosted', entryPosted);
    const { merchantId, ledgerSeq } = entryPosted;
    expect(head(value)).toMatchObject({ merchantId, ledgerSeq });
    expect(head(value.subarray(0, -40))).toMatchObject({ merchantId, ledgerSeq });
    expect(head(value)).not.toHaveProperty('hash');
  });

  test('what is too short, of another record or of another schema is left to decode', async () => {
    const { codec, head } = await ledgerHead();
    const value = codec.encode('EntryPosted', entryPosted);
    expect(head(value.subarray(0, 7))).toBeUndefined();
    expect(head(new Uint8Array(0))).toBeUndefined();
    expect(head(codec.encode('DayClosed', dayClosed))).toBeUndefined();
  });

  test('a field that the record does not have is a bug of the caller', async () => {
    const { codec } = await ledgerHead();
    expect(() => codec.headReader('EntryPosted', ['closingMinor' as never])).toThrow('closingMinor');
    expect(() => codec.headReader('EntrySubmitted', ['merchantId'])).toThrow('EntrySubmitted');
  });
});

type Asked = { readonly fields: readonly never[]; readonly places: readonly never[] };

const named = (schema: AvroSchema): readonly string[] =>
  ((schema as AvroDefinition).fields ?? []).map(({ name }) => name);

/** Fields of which only the place can be asked for. */
const PLACES: Partial<Record<RecordName, readonly string[]>> = {
  EntryPosted: ['entryId', 'prevHash', 'hash'],
  DayClosed: ['requestId', 'prevHash', 'hash'],
  DayReopened: ['requestId', 'prevHash', 'hash'],
  MerchantConfigApplied: ['configId', 'prevHash', 'hash'],
};

/** Some fields of the record as values, and some others as places. */
function askedOf(type: RecordName): fc.Arbitrary<Asked> {
  return fc
    .tuple(fc.subarray([...named(avroSchemas[type])]), fc.subarray([...(PLACES[type] ?? [])]))
    .map(([fields, places]) => ({
      fields: fields.filter((name) => !places.includes(name)) as never[],
      places: places as never[],
    }));
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(topics.ledger.values.map((type) => [type]))('the outline of %s', (type) => {
  test('says what the whole decoding says, of whatever fields', async () => {
    const { codec } = await ledgerCodec();
    let read = 0;
    fc.assert(
      fc.property(valuesOf(avroSchemas[type]), askedOf(type), (value, asked) => {
        const bytes = codec.encode(type, value as AvroRecords[typeof type]);
        const outline = codec.outlineReader(type, asked)(bytes);
        if (outline === undefined) {
          // An id that is no UUID has no place.
          expect(asked.places.some((name) => String((value as never)[name]).length !== 36)).toBe(true);
          return;
        }
        read += 1;
        const { value: whole } = codec.decode(bytes) as { value: Record<string, unknown> };
        expect(new Set(Object.keys(outline))).toEqual(new Set([...asked.fields, ...asked.places]));
        for (const name of asked.fields) expect(plain(outline[name])).toEqual(plain(whole[name]));
        for (const name of asked.places) {
          const there = Buffer.from(whole[name] as string);
          expect(bytes.subarray(outline[name]).subarray(0, there.length).equals(there)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
    expect(read).toBeGreaterThan(100);
  });

  test('is there only for what the whole decoding takes, however the bytes were damaged', async () => {
    const { codec } = await ledgerCodec();
    const ends = { both: 0, neither: 0, wholeOnly: 0 };
    fc.assert(
      fc.property(valuesOf(avroSchemas[type]), askedOf(type), damages, (value, asked, damage) => {
        const bytes = damage(codec.encode(type, value as AvroRecords[typeof type]));
        const outline = codec.outlineReader(type, asked)(bytes);
        const decoded = codec.decode(bytes);
        if (outline === undefined) {
          ends[decoded.kind === 'record' ? 'wholeOnly' : 'neither'] += 1;
          return;
        }
        ends.both += 1;
        expect(decoded).toMatchObject({ kind: 'record', type });
        for (const name of asked.fields)
          expect(plain(outline[name])).toEqual(plain((decoded as unknown as { value: never }).value[name]));
      }),
      { numRuns: 500 },
    );
    expect(ends.both).toBeGreaterThan(10);
    expect(ends.neither).toBeGreaterThan(200);
  });
});

describe('an outline', () => {
  const asked = { fields: ['merchantId', 'ledgerSeq'], places: ['entryId'] } as const;

  test('of what another version of the schema wrote, or of another record, is left to decode', async () => {
    const { registry, codec } = await ledgerCodec();
    const own = avroSchemas.EntryPosted as AvroDefinition;
    const fields = own.fields ?? [];
    const note = { name: 'note', type: ['null', 'string'], default: null };
    const later = { ...own, fields: [...fields.slice(0, -2), note, ...fields.slice(-2)] };
    const earlier = { ...own, fields: fields.filter(({ name }) => name !== 'externalId') };
    const outlineOf = codec.outlineReader('EntryPosted', asked);
    for (const schema of [later, earlier]) {
      const id = await registry.register(subjectOf(topics.ledger, 'EntryPosted'), schema);
      await codec.refresh();
      const body = compileType(schema).toBuffer({ ...entryPosted, note: 'hi' });
      const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, id]), body]);
      expect(outlineOf(bytes)).toBeUndefined();
      expect(codec.decode(bytes)).toMatchObject({ kind: 'record', type: 'EntryPosted' });
    }
    expect(outlineOf(codec.encode('DayClosed', dayClosed))).toBeUndefined();
    expect(outlineOf(new Uint8Array(0))).toBeUndefined();
  });

  test('asks of nothing what it cannot say', async () => {
    const { codec } = await ledgerCodec();
    const of = (fields: readonly string[], places: readonly string[]) => () =>
      codec.outlineReader('EntryPosted', { fields: fields as never[], places: places as never[] });
    expect(of(['closingMinor'], [])).toThrow('closingMinor');
    expect(of([], ['merchantId'])).toThrow('merchantId is not of a type that is always equally long');
    expect(of([], ['reversesEntryId'])).toThrow('reversesEntryId');
    expect(() => codec.outlineReader('EntrySubmitted', { fields: [], places: [] })).toThrow('EntrySubmitted');
  });
});
