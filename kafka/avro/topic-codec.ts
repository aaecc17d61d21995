/**
 * Reads and writes the values of one topic in Confluent wire format: byte 0, schema id (4 bytes, big endian), Avro body.
 * Encoding and decoding are synchronous and run for every record of the system; only `open` and `refresh` ask the registry.
 * Decoding never throws: whatever the bytes are, the answer says what they are. Only schemas under this topic's subjects
 * are read (reliability.md 2.3); what was written with another version is resolved to ours.
 */
import {
  type AvroRecords,
  avroSchemas,
  type RecordName,
  subjectOf,
  type TopicDefinition,
} from '@fluxo/schemas';
import { compileGuard, type Guard } from './avro-guard.ts';
import { type AvroType, compileType, isSameData } from './avro-types.ts';
import { type Outline, type OutlineFields, PartReaders } from './part-readers.ts';
import { type RegisteredSchema, RegistryFailure, type RegistryPort } from './registry-port.ts';
import { AvroCursor, asBuffer, UNREADABLE } from './straight-line/avro-cursor.ts';
import { compileStraightLine, type StraightLine } from './straight-line/compile.ts';
import { WireBuffer } from './wire-buffer.ts';
import { headerProblem, schemaIdOf, WIRE_HEADER_BYTES } from './wire-header.ts';

/** A decoded value, or why it is none. */
export type Decoded =
  | {
      readonly [Name in RecordName]: {
        readonly kind: 'record';
        readonly type: Name;
        readonly value: AvroRecords[Name];
      };
    }[RecordName]
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'unknown-schema'; readonly schemaId: number };

/**
 * How to read what one registered schema wrote: straight if it is ours. What cannot be read straight is judged by the guard, and
 * what the guard lets through avsc decodes, resolved to our version of the record.
 */
type Reader = {
  readonly record: RecordName;
  readonly straight: StraightLine['read'] | undefined;
  readonly guard: Guard;
  readonly type: AvroType;
  /** As it was registered. */
  readonly written: AvroType;
  readonly resolver: ReturnType<AvroType['createResolver']> | undefined;
};

/** Our own version of a record: as avsc has it, and straight. */
type Own = { readonly type: AvroType; readonly straight: StraightLine };

type Writer = Own & { readonly schemaId: number };

export class TopicCodec {
  readonly topic: TopicDefinition;
  readonly #registry: RegistryPort;
  readonly #writers = new Map<RecordName, Writer>();
  /** By schema id; a string says why what this schema wrote cannot be read. */
  readonly #readers = new Map<number, Reader | string>();
  readonly #parts = new PartReaders();
  readonly #wire = new WireBuffer();
  readonly #cursor = new AvroCursor();

  private constructor(registry: RegistryPort, topic: TopicDefinition) {
    this.#registry = registry;
    this.topic = topic;
  }

  /**
   * A codec that knows every schema registered for the topic now. Fails with `schema-not-registered` when our own version of
   * a record is missing, with `temporarily-unavailable` when the registry cannot be reached.
   */
  static async open(registry: RegistryPort, topic: TopicDefinition): Promise<TopicCodec> {
    const codec = new TopicCodec(registry, topic);
    const registered = await Promise.all(topic.values.map((record) => codec.#versionsOf(record)));
    for (const { record, versions } of registered) {
      const type = compileType(avroSchemas[record]);
      const straight = compileStraightLine(avroSchemas[record]);
      codec.#writers.set(record, { type, straight, schemaId: ownIdAmong(versions, record, topic, type) });
      codec.#learn(record, versions);
    }
    return codec;
  }

  /** Learns every version registered by now. Fails with `temporarily-unavailable` when the registry cannot be reached. */
  async refresh(): Promise<void> {
    const registered = await Promise.all(this.topic.values.map((record) => this.#versionsOf(record)));
    for (const { record, versions } of registered) this.#learn(record, versions);
  }

  /**
   * The value in wire format, written with our version of the schema. The bytes are the caller's: it may change them in
   * place. Throws when the value does not fit its type, which is a bug of the caller.
   */
  encode<Name extends RecordName>(type: Name, value: AvroRecords[Name]): Buffer {
    const writer = this.#writerOf(type);
    return this.#wire.encode(writer.schemaId, writer.straight.write, value);
  }

  /**
   * The value in wire format as the other registered versions of the record write it, but for those that cannot say all of it. What a
   * release before or behind this one has written is one of them.
   */
  encodeAsOthers<Name extends RecordName>(type: Name, value: AvroRecords[Name]): readonly Buffer[] {
    const own = this.encode(type, value);
    return this.#othersOf(type)
      .flatMap(([schemaId, { written }]) => asWritten(written, schemaId, value) ?? [])
      .filter((bytes) => {
        const back = this.decode(bytes);
        return back.kind === 'record' && this.encode(type, back.value as AvroRecords[Name]).equals(own);
      });
  }

  /** Whether a version of the record is registered that has fields which this release does not know. */
  hasUnknownFields(type: RecordName): boolean {
    const known = fieldNamesOf(this.#writerOf(type).type);
    return this.#othersOf(type).some(([, { written }]) =>
      [...fieldNamesOf(written)].some((name) => !known.has(name)),
    );
  }

  #othersOf(type: RecordName): readonly (readonly [number, Reader])[] {
    return [...this.#readers].flatMap(([schemaId, reader]) =>
      typeof reader === 'object' && reader.record === type && reader.resolver !== undefined
        ? [[schemaId, reader] as const]
        : [],
    );
  }

  /** What these bytes are. `unknown-schema`, also after a `refresh`: no schema of this topic has that id. */
  decode(value: Uint8Array | null): Decoded {
    const problem = headerProblem(value);
    if (problem !== null) return malformed(problem);
    const bytes = value as Uint8Array;
    const schemaId = schemaIdOf(bytes);
    const reader = this.#readers.get(schemaId);
    if (reader === undefined) return { kind: 'unknown-schema', schemaId };
    if (typeof reader === 'string') return malformed(reader);
    const straight = this.#readStraight(reader, bytes);
    if (straight !== undefined) return straight;
    const refused = reader.guard(bytes, WIRE_HEADER_BYTES);
    return refused === null ? read(reader, bytes) : malformed(`${reader.record}: ${refused}`);
  }

  /** The value, if it can be read without the guard. */
  #readStraight({ record, straight }: Reader, bytes: Uint8Array): Decoded | undefined {
    if (straight === undefined) return undefined;
    const cursor = this.#cursor;
    cursor.open(bytes, WIRE_HEADER_BYTES);
    try {
      const value = straight(cursor);
      cursor.finish();
      return { kind: 'record', type: record, value: value as never };
    } catch (error) {
      if (error === UNREADABLE) return undefined;
      throw error;
    }
  }

  /**
   * A function that reads a record only up to the last of these fields, and asks nothing of what follows. It answers undefined
   * for what was not written with our own version of the schema, or cannot be read so far: `decode` says what that is.
   */
  headReader<Name extends RecordName, Field extends keyof AvroRecords[Name] & string>(
    type: Name,
    fields: readonly Field[],
  ): (value: Uint8Array) => Pick<AvroRecords[Name], Field> | undefined {
    return this.#parts.head(type, fields, this.#writerOf(type).schemaId);
  }

  /**
   * A function that reads of a record only these fields, and of others only where in the value they begin; what is skipped is
   * checked all the same. It answers undefined for what was not written with our own version of the schema, and for whatever
   * `decode` does not take for such a record.
   */
  outlineReader<
    Name extends RecordName,
    Field extends keyof AvroRecords[Name] & string,
    Place extends keyof AvroRecords[Name] & string,
  >(
    type: Name,
    asked: OutlineFields<Field, Place>,
  ): (value: Uint8Array) => Outline<Name, Field, Place> | undefined {
    return this.#parts.outline(type, asked, this.#writerOf(type).schemaId);
  }

  #writerOf(type: RecordName): Writer {
    const writer = this.#writers.get(type);
    if (writer === undefined) throw new Error(`${type} is no value of ${this.topic.name}`);
    return writer;
  }

  /**
   * Learns the schemas that these values name, if there are any that are not known yet: a later release may have registered them since. Fails with
   * `temporarily-unavailable` when the registry cannot be reached.
   */
  async learnSchemasOf(values: readonly (Uint8Array | null)[]): Promise<void> {
    if (values.some((value) => this.hasUnknownSchema(value))) await this.refresh();
  }

  /** Whether this value names a schema that is not known yet. */
  hasUnknownSchema(value: Uint8Array | null): boolean {
    return headerProblem(value) === null && !this.#readers.has(schemaIdOf(value as Uint8Array));
  }

  /** The ids of the schemas these values name and that are not known yet. */
  unknownSchemas(values: readonly (Uint8Array | null)[]): ReadonlySet<number> {
    return new Set(
      values.filter((value) => this.hasUnknownSchema(value)).map((value) => schemaIdOf(value as Uint8Array)),
    );
  }

  async #versionsOf(record: RecordName) {
    return { record, versions: await this.#registry.schemasUnder(subjectOf(this.topic, record)) };
  }

  #learn(record: RecordName, versions: readonly RegisteredSchema[]): void {
    const own = this.#writers.get(record) as Own;
    for (const { id, schema } of versions)
      if (!this.#readers.has(id)) this.#readers.set(id, readerOf(record, schema, own));
  }
}

function ownIdAmong(
  versions: readonly RegisteredSchema[],
  record: RecordName,
  topic: TopicDefinition,
  type: AvroType,
): number {
  const own = versions.findLast(
    (version) => isReadable(version) && isSameData(type, compileType(version.schema)),
  );
  if (own !== undefined) return own.id;
  throw new RegistryFailure(
    'schema-not-registered',
    `the registry has no schema like ours under ${subjectOf(topic, record)}: the schemas of this release are not registered there. ` +
      'Register them (the stack does so when it starts) and try again.',
  );
}

function isReadable(version: RegisteredSchema): boolean {
  try {
    compileType(version.schema);
    return true;
  } catch {
    return false;
  }
}

function readerOf(
  record: RecordName,
  schema: RegisteredSchema['schema'],
  { type, straight }: Own,
): Reader | string {
  try {
    const written = compileType(schema);
    const guard = compileGuard(schema);
    if (isSameData(type, written))
      return { record, straight: straight.read, guard, type, written, resolver: undefined };
    return { record, straight: undefined, guard, type, written, resolver: type.createResolver(written) };
  } catch (error) {
    return `${record}: its schema cannot be resolved to ours: ${(error as Error).message}`;
  }
}

function read(reader: Reader, bytes: Uint8Array): Decoded {
  try {
    const { value } = reader.type.decode(asBuffer(bytes), WIRE_HEADER_BYTES, reader.resolver);
    return { kind: 'record', type: reader.record, value };
  } catch (error) {
    return malformed(`${reader.record}: ${(error as Error).message}`);
  }
}

/** Null where the value does not fit. */
function asWritten(written: AvroType, schemaId: number, value: unknown): Buffer | null {
  const header = Buffer.alloc(WIRE_HEADER_BYTES);
  header.writeInt32BE(schemaId, 1);
  try {
    return Buffer.concat([header, written.toBuffer(value)]);
  } catch {
    return null;
  }
}

function fieldNamesOf(type: AvroType): ReadonlySet<string> {
  const { fields } = type as unknown as { readonly fields: readonly { readonly name: string }[] };
  return new Set(fields.map(({ name }) => name));
}

function malformed(detail: string): Decoded {
  return { kind: 'malformed', detail };
}
