/**
 * Says whether what the processor made of some bytes is right, by readers that share nothing with it: the naive one says
 * whether the bytes are a message at all and what it says; plain avsc must read the same; what was accepted must come back
 * from our encoder; what was refused must stand in the rejection, byte by byte. It knows no mutation and trusts no detail.
 */
import { hash } from 'node:crypto';
import { inspect } from 'node:util';
import { avroSchemas, VALUE_BYTES_MAX } from '@fluxo/schemas';
import { compileGuard, type Guard } from '../../kafka/avro/avro-guard.ts';
import { type PlainReader, plainReader } from '../../kafka/avro/plain-avsc.ts';
import type { OutputRecord } from '../../streams/engine/ports.ts';
import type { Decoded } from '../../streams/topologies/record-codec.ts';
import type { KnownSchema, Stock } from './messages.ts';
import { type NaiveReading, type NaiveValue, readNaively } from './naive-reader.ts';
import { type HostileRecord, isRejection, type Outcome } from './processor.ts';
import { isSameValue } from './same-value.ts';

const HEADER_BYTES = 5;
const REJECTED_BYTES_MAX = 64 * 1024;

type Sought = KnownSchema & {
  readonly isOwn: boolean;
  readonly plain: PlainReader;
  readonly guard: Guard;
};

type Readable = { readonly sought: Sought; readonly reading: Extract<NaiveReading, { kind: 'value' }> };

export type Verdict = {
  /** Whether the bytes are a message, says the naive reader. */
  readonly isMessage: boolean;
  /** What is wrong with what became of them; null: nothing. */
  readonly problem: string | null;
};

type RejectionValue = {
  readonly code: string;
  readonly sourceOffset: bigint;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
  readonly valueSha256: Uint8Array;
};

export class Judge {
  readonly #codecs: Stock['codecs'];
  readonly #schemas: ReadonlyMap<number, Sought>;
  readonly #readRejection = plainReader(avroSchemas.SubmissionRejected);

  constructor({ schemas, codecs }: Pick<Stock, 'schemas' | 'codecs'>) {
    this.#codecs = codecs;
    this.#schemas = new Map(
      [...schemas].map(([id, known]) => [
        id,
        {
          ...known,
          isOwn: known.schema === avroSchemas[known.record],
          plain: plainReader(known.schema),
          guard: compileGuard(known.schema),
        },
      ]),
    );
  }

  /** `offset` is the one the record had in the log. */
  verdict(record: HostileRecord, offset: number, outcome: Outcome): Verdict {
    const readable = this.#read(record.value);
    const problem =
      outcome.error === null
        ? (this.#problemOfOutputs(record, offset, outcome) ??
          this.#problemOfGuard(record.value, readable !== null) ??
          (readable === null
            ? problemOfNoMessage(outcome)
            : this.#problemOfMessage(readable, record.value as Uint8Array, outcome.decoded)))
        : `the process would have ended: ${inspect(outcome.error)}`;
    return { isMessage: readable !== null, problem };
  }

  #read(value: Uint8Array | null): Readable | null {
    const sought = this.#soughtIn(value);
    if (sought === null) return null;
    const reading = readNaively(sought.schema, value as Uint8Array, HEADER_BYTES);
    return reading.kind === 'value' ? { sought, reading } : null;
  }

  /** The schema that the header names; null if there is no header, or the value is longer than one may be. */
  #soughtIn(value: Uint8Array | null): Sought | null {
    if (value === null || value.length < HEADER_BYTES || value.length > VALUE_BYTES_MAX) return null;
    if (value[0] !== 0) return null;
    return this.#schemas.get(Buffer.from(value.subarray(1, HEADER_BYTES)).readUInt32BE()) ?? null;
  }

  /** The guard by itself, because avsc behind it refuses some of what it must refuse. */
  #problemOfGuard(value: Uint8Array | null, isMessage: boolean): string | null {
    const sought = this.#soughtIn(value);
    if (sought === null) return null;
    const refusal = sought.guard(value as Uint8Array, HEADER_BYTES);
    if ((refusal === null) === isMessage) return null;
    return isMessage
      ? `the guard refuses a message: ${refusal}`
      : 'the guard lets through what is no message';
  }

  #problemOfMessage(
    { sought, reading }: Readable,
    bytes: Uint8Array,
    decoded: Decoded | null,
  ): string | null {
    if (decoded?.kind !== 'record') return `a message was not decoded: ${JSON.stringify(decoded)}`;
    if (decoded.type !== sought.record) return `${sought.record} was taken for ${decoded.type}`;
    const ours = sought.isOwn ? reading.value : ownFieldsOf(sought, reading.value);
    if (!isSameValue(decoded.value, ours)) return 'our decoder and the naive reader read different values';
    if (!isSameValue(sought.plain(bytes, HEADER_BYTES), reading.value))
      return 'plain avsc and the naive reader read different values';
    return this.#problemOfEncoding(decoded, bytes, { ours, isSame: sought.isOwn && reading.isCanonical });
  }

  /** Written again, a message is the same bytes if an encoder wrote it, and in any case the same message. */
  #problemOfEncoding(
    { type, value }: Extract<Decoded, { kind: 'record' }>,
    bytes: Uint8Array,
    expected: { readonly ours: NaiveValue; readonly isSame: boolean },
  ): string | null {
    const written = this.#codecs.submissions.encode(type, value);
    if (expected.isSame) return Buffer.compare(written, bytes) === 0 ? null : 'encoded to other bytes';
    const again = readNaively(avroSchemas[type], written, HEADER_BYTES);
    if (again.kind === 'none' || !again.isCanonical) return 'encoded to bytes that are no canonical message';
    return isSameValue(again.value, expected.ours) ? null : 'encoded to another message';
  }

  #problemOfOutputs(record: HostileRecord, offset: number, { outputs }: Outcome): string | null {
    const rejections = outputs.filter(isRejection);
    if (rejections.length === 0) return null;
    if (outputs.length > 1) return `${outputs.length} outputs of a record that was rejected`;
    return this.#problemOfRejection(record, offset, rejections[0] as OutputRecord);
  }

  #problemOfRejection({ key, value }: HostileRecord, offset: number, output: OutputRecord): string | null {
    const kept = this.#readRejection(output.value, HEADER_BYTES) as RejectionValue;
    const bytes = value ?? new Uint8Array();
    const isKept =
      kept.sourceOffset === BigInt(offset) &&
      isSameValue(kept.value, bytes.subarray(0, REJECTED_BYTES_MAX)) &&
      isSameValue(kept.valueSha256, hash('sha256', bytes, 'buffer')) &&
      isSameValue(kept.key, key?.subarray(0, REJECTED_BYTES_MAX) ?? null) &&
      isSameValue(output.key, kept.key);
    return isKept ? null : 'the rejection does not hold the bytes that came';
  }
}

function problemOfNoMessage({ decoded, outputs }: Outcome): string | null {
  if (decoded?.kind === 'record') return `bytes that are no message were taken for ${decoded.type}`;
  if (!outputs.some(isRejection)) return 'bytes that are no message left no rejection';
  return null;
}

/** What our version knows of a value that another version wrote: here, always the fields of the same name. */
function ownFieldsOf({ record }: KnownSchema, value: NaiveValue): NaiveValue {
  const names = (avroSchemas[record].fields as readonly { readonly name: string }[]).map(({ name }) => name);
  const fields = value as { readonly [name: string]: NaiveValue };
  return Object.fromEntries(names.map((name) => [name, fields[name] as NaiveValue]));
}
