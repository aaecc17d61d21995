/**
 * How a topology reads and writes the values of one topic, as it needs it; `TopicCodec` of `kafka/` is one. All of it is
 * synchronous but `refresh`.
 */
import type { AvroRecords, RecordName } from '@fluxo/schemas';

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

export interface RecordCodec {
  /** The value in Confluent wire format: byte 0, schema id (4 bytes), Avro body. */
  encode<Name extends RecordName>(type: Name, value: AvroRecords[Name]): Uint8Array;
  /** Never throws, whatever the bytes are. */
  decode(value: Uint8Array | null): Decoded;
  /** Whether this value names a schema that is not known yet. */
  hasUnknownSchema(value: Uint8Array | null): boolean;
  /** Learns every schema registered for the topic. Fails with `temporarily-unavailable` when the registry cannot be reached. */
  refresh(): Promise<void>;
}

/** A codec of records that are skimmed far more often than read. */
export interface HeadCodec extends RecordCodec {
  /**
   * Reads a record only up to the last of these fields, and asks nothing of what follows: where most records are never looked at,
   * that is what can be afforded. Undefined for what is not read so easily; `decode` then says what it is.
   */
  headReader<Name extends RecordName, Field extends keyof AvroRecords[Name] & string>(
    type: Name,
    fields: readonly Field[],
  ): (value: Uint8Array) => Pick<AvroRecords[Name], Field> | undefined;
}

/** The values of some fields, and of others (UUIDs, fixed bytes) where in the value they begin. */
export type Outline<
  Name extends RecordName,
  Field extends keyof AvroRecords[Name],
  Place extends string,
> = Pick<AvroRecords[Name], Field> & { readonly [Each in Place]: number };

/** A codec of records of which a few fields are needed, by the million. */
export interface OutlineCodec extends RecordCodec {
  /**
   * Reads of a record only these fields, and of others only where in the value they begin; the rest is checked, but nothing is made
   * of it. Undefined for what is not read so easily; `decode` then says what it is.
   */
  outlineReader<
    Name extends RecordName,
    Field extends keyof AvroRecords[Name] & string,
    Place extends keyof AvroRecords[Name] & string,
  >(
    type: Name,
    asked: { readonly fields: readonly Field[]; readonly places: readonly Place[] },
  ): (value: Uint8Array) => Outline<Name, Field, Place> | undefined;
}

/** Bytes before the Avro body in Confluent wire format. */
export const WIRE_HEADER_BYTES = 5;

export type DailyBalanceCodecs = {
  readonly submissions: RecordCodec;
  readonly ledger: OutlineCodec;
  readonly dailyBalances: HeadCodec;
  readonly merchants: RecordCodec;
  readonly rejections: HeadCodec;
};
