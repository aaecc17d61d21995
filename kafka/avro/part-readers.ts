/**
 * Reads a part of a record, for those who read far more records than they ever look at: its head, up to some field, or its
 * outline, some fields of a record that is checked to its end. Only what was written with our own version of the schema is
 * read so; for everything else the answer is undefined, and the whole decoding says what it is. It accelerates, and decides nothing.
 */
import { type AvroRecords, avroSchemas, type RecordName } from '@fluxo/schemas';
import { headOf } from './avro-schema.ts';
import { AvroCursor, UNREADABLE } from './straight-line/avro-cursor.ts';
import { compileOutline, compileStraightLine, type ReadValue } from './straight-line/compile.ts';
import { headerProblem, schemaIdOf, WIRE_HEADER_BYTES } from './wire-header.ts';

/** The values of some fields, and of others where in the value they begin. */
export type OutlineFields<Field extends string, Place extends string> = {
  readonly fields: readonly Field[];
  /** UUIDs (36 ASCII characters stand there) and fixed bytes. */
  readonly places: readonly Place[];
};

export type Outline<
  Name extends RecordName,
  Field extends keyof AvroRecords[Name],
  Place extends string,
> = Pick<AvroRecords[Name], Field> & { readonly [Each in Place]: number };

type ReadPart<Part> = (value: Uint8Array) => Part | undefined;

export class PartReaders {
  /** By type and fields: compiled once, however often it is asked for. */
  readonly #compiled = new Map<string, ReadValue>();
  readonly #cursor = new AvroCursor();

  /** See `TopicCodec.headReader`; `schemaId` is that of our own version. */
  head<Name extends RecordName, Field extends keyof AvroRecords[Name] & string>(
    type: Name,
    fields: readonly Field[],
    schemaId: number,
  ): ReadPart<Pick<AvroRecords[Name], Field>> {
    const read = this.#once(
      `head of ${type}: ${fields.join(' ')}`,
      () => compileStraightLine(headOf(avroSchemas[type], fields)).read,
    );
    return this.#reader(schemaId, (cursor) => read(cursor) as Pick<AvroRecords[Name], Field>);
  }

  /** See `TopicCodec.outlineReader`; `schemaId` is that of our own version. */
  outline<
    Name extends RecordName,
    Field extends keyof AvroRecords[Name] & string,
    Place extends keyof AvroRecords[Name] & string,
  >(type: Name, asked: OutlineFields<Field, Place>, schemaId: number): ReadPart<Outline<Name, Field, Place>> {
    const read = this.#once(`outline of ${type}: ${asked.fields.join(' ')}, ${asked.places.join(' ')}`, () =>
      compileOutline(avroSchemas[type], asked),
    );
    return this.#reader(schemaId, (cursor) => {
      const outline = read(cursor);
      cursor.finish();
      return outline as Outline<Name, Field, Place>;
    });
  }

  #once(name: string, compile: () => ReadValue): ReadValue {
    const known = this.#compiled.get(name) ?? compile();
    this.#compiled.set(name, known);
    return known;
  }

  #reader<Part>(schemaId: number, read: (cursor: AvroCursor) => Part): ReadPart<Part> {
    const cursor = this.#cursor;
    return (value) => {
      if (headerProblem(value) !== null || schemaIdOf(value) !== schemaId) return undefined;
      cursor.open(value, WIRE_HEADER_BYTES);
      try {
        return read(cursor);
      } catch (error) {
        if (error === UNREADABLE) return undefined;
        throw error;
      }
    };
  }
}
