/**
 * A second reader of Avro, by the letter of the specification and of reliability.md 2.3, and as naive as it gets: it walks the
 * schema for every value, every number is a BigInt, nothing is compiled, nothing is shared with `kafka/avro`. It judges
 * what guard and decoder make of hostile bytes, and says where in a message the numbers, texts and counts stand, so that
 * damage can be done there. Only for a few kilobytes at a time: it is slow.
 */
import {
  type AvroDefinition,
  type AvroSchema,
  fullName,
  isUnion,
  namespaceInside,
} from '../../kafka/avro/avro-schema.ts';

const DEPTH_MAX = 16;
const LONG_MAX = 2n ** 53n - 1n;

export type SpanKind = 'number' | 'length' | 'count' | 'index' | 'text' | 'octets' | 'fixed';

/** Where a part of a message stands, end exclusive. The span of a text or of bytes follows that of its length. */
export type Span = { readonly kind: SpanKind; readonly at: number; readonly end: number };

/** Longs are numbers, bytes and fixed Uint8Arrays, enums their symbols, unions the value of their branch. */
export type NaiveValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly NaiveValue[]
  | { readonly [name: string]: NaiveValue };

export type NaiveReading =
  | {
      readonly kind: 'value';
      readonly value: NaiveValue;
      /** Whether an encoder would have written these very bytes: shortest numbers, one block per list, no block sizes. */
      readonly isCanonical: boolean;
      readonly spans: readonly Span[];
    }
  | { readonly kind: 'none'; readonly problem: string };

/** Reads the bytes from `start` to their end as exactly one value of the schema. Never throws. */
export function readNaively(schema: AvroSchema, bytes: Uint8Array, start: number): NaiveReading {
  const reader = new NaiveReader(bytes, start);
  try {
    const value = reader.read(schema, undefined);
    reader.demand(reader.at === bytes.length, 'bytes behind the value');
    return { kind: 'value', value, isCanonical: reader.isCanonical, spans: reader.spans };
  } catch (error) {
    if (error !== notAValue) throw error;
    return { kind: 'none', problem: reader.problem };
  }
}

/** Thrown by the million, so it is made once. */
const notAValue = new Error('the bytes are not one value of the schema');

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class NaiveReader {
  at: number;
  isCanonical = true;
  problem = '';
  readonly spans: Span[] = [];
  readonly #bytes: Uint8Array;
  readonly #named = new Map<
    string,
    { readonly schema: AvroDefinition; readonly namespace: string | undefined }
  >();
  #depth = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.at = start;
  }

  demand(holds: boolean, problem: string): void {
    if (holds) return;
    this.problem = problem;
    throw notAValue;
  }

  read(schema: AvroSchema, namespace: string | undefined): NaiveValue {
    if (typeof schema === 'string') return this.#readNamed(schema, namespace);
    if (isUnion(schema)) return this.#nested(() => this.#branch(schema, namespace));
    if (typeof schema.type !== 'string') return this.read(schema.type, namespace);
    if (schema.name !== undefined)
      this.#named.set(fullName(schema.name, namespaceInside(schema, namespace)), { schema, namespace });
    return this.#readDefinition(schema, schema.type, namespace);
  }

  #readNamed(name: string, namespace: string | undefined): NaiveValue {
    const named = this.#named.get(fullName(name, namespace));
    if (named === undefined) return this.#primitive(name);
    return this.#readDefinition(named.schema, named.schema.type as string, named.namespace);
  }

  #readDefinition(schema: AvroDefinition, type: string, namespace: string | undefined): NaiveValue {
    switch (type) {
      case 'record':
        return this.#nested(() => this.#record(schema, namespaceInside(schema, namespace)));
      case 'enum':
        return this.#symbol(schema.symbols ?? []);
      case 'fixed':
        return this.#octets('fixed', schema.size ?? 0);
      case 'array':
        return this.#nested(() => this.#blocks(() => this.read(schema.items as AvroSchema, namespace)));
      case 'map':
        return this.#nested(() => this.#map(schema.values as AvroSchema, namespace));
      default:
        return this.#readNamed(type, namespace);
    }
  }

  #nested<Value>(read: () => Value): Value {
    this.#depth += 1;
    this.demand(this.#depth <= DEPTH_MAX, 'too deep');
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #record(schema: AvroDefinition, namespace: string | undefined): NaiveValue {
    const fields = schema.fields ?? [];
    return Object.fromEntries(fields.map(({ name, type }) => [name, this.read(type, namespace)]));
  }

  #branch(branches: readonly AvroSchema[], namespace: string | undefined): NaiveValue {
    const index = this.#int('index');
    this.demand(index >= 0 && index < branches.length, 'no such branch');
    return this.read(branches[index] as AvroSchema, namespace);
  }

  #symbol(symbols: readonly string[]): NaiveValue {
    const index = this.#int('index');
    this.demand(index >= 0 && index < symbols.length, 'no such symbol');
    return symbols[index] as string;
  }

  #map(values: AvroSchema, namespace: string | undefined): NaiveValue {
    const text = () => this.#primitive('string') as string;
    return Object.fromEntries(this.#blocks(() => [text(), this.read(values, namespace)] as const));
  }

  #blocks<Item>(readItem: () => Item): Item[] {
    const items: Item[] = [];
    for (let block = 0; ; block += 1) {
      const count = this.#int('count');
      if (count === 0) return items;
      if (block > 0 || count < 0) this.isCanonical = false;
      const end = count < 0 ? this.#blockEnd() : null;
      for (let n = 0; n < Math.abs(count); n += 1) items.push(this.#item(readItem));
      this.demand(end === null || this.at === end, 'a block of another size');
    }
  }

  #blockEnd(): number {
    const size = this.#int('length');
    this.demand(size >= 0 && size <= this.#bytes.length - this.at, 'a block beyond the end');
    return this.at + size;
  }

  #item<Item>(readItem: () => Item): Item {
    const before = this.at;
    const item = readItem();
    this.demand(this.at > before, 'an item of no bytes');
    return item;
  }

  #primitive(name: string): NaiveValue {
    switch (name) {
      case 'null':
        return null;
      case 'boolean':
        return this.#boolean();
      case 'int':
        return this.#int('number');
      case 'long':
        return this.#long();
      case 'float':
        return Buffer.from(this.#octets('fixed', 4)).readFloatLE();
      case 'double':
        return Buffer.from(this.#octets('fixed', 8)).readDoubleLE();
      case 'bytes':
        return this.#octets('octets', this.#int('length'));
      case 'string':
        return this.#text(this.#octets('text', this.#int('length')));
      default:
        throw new Error(`the schema has a type ${name} that nobody defined`);
    }
  }

  #boolean(): boolean {
    const [byte] = this.#octets('fixed', 1);
    this.demand(byte === 0 || byte === 1, 'no boolean');
    return byte === 1;
  }

  #text(octets: Uint8Array): string {
    try {
      return utf8.decode(octets);
    } catch {
      this.problem = 'text that is not UTF-8';
      throw notAValue;
    }
  }

  #octets(kind: SpanKind, length: number): Uint8Array {
    this.demand(length >= 0 && length <= this.#bytes.length - this.at, 'bytes beyond the end');
    const at = this.at;
    this.at += length;
    this.spans.push({ kind, at, end: this.at });
    return this.#bytes.subarray(at, this.at);
  }

  #int(kind: SpanKind): number {
    const bits = this.#varint(kind, 5);
    this.demand(bits < 2n ** 32n, 'more than 32 bits');
    return Number(unZigzag(bits));
  }

  #long(): number {
    const value = unZigzag(this.#varint('number', 10));
    this.demand(value <= LONG_MAX && value >= -LONG_MAX, 'beyond 2^53 - 1');
    return Number(value);
  }

  #varint(kind: SpanKind, bytesMax: number): bigint {
    const start = this.at;
    let bits = 0n;
    for (let index = 0; ; index += 1) {
      this.demand(index < bytesMax, 'a number that does not end');
      this.demand(this.at < this.#bytes.length, 'the end inside a number');
      const byte = this.#bytes[this.at++] as number;
      bits |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte >= 0x80) continue;
      if (byte === 0 && index > 0) this.isCanonical = false;
      this.spans.push({ kind, at: start, end: this.at });
      return bits;
    }
  }
}

function unZigzag(bits: bigint): bigint {
  return bits % 2n === 0n ? bits / 2n : -(bits + 1n) / 2n;
}
