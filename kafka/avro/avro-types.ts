/**
 * avsc types as Fluxo needs them. Plain avsc mis-encodes longs below −2^52 (their zigzag form exceeds 2^53), refuses
 * ±(2^53 − 1), takes only Buffers for bytes and writes lone surrogates as broken UTF-8; the five types here put that right.
 * They override avsc's internal `_read` and `_write`, the only way in that costs nothing per value, so avsc's version is
 * pinned and `avro-types.test.ts` holds each override to its promise. Types read data that the guard has let through.
 */
import avsc from 'avsc';
import { type AvroSchema, isUnion } from './avro-schema.ts';

export type AvroType = InstanceType<typeof avsc.Type>;

/** avsc's cursor over a buffer: it may run past the end when writing, which the caller then sees. */
type Tap = {
  readonly buf: Buffer;
  pos: number;
  writeLong(value: number): void;
  writeString(text: string): void;
};

/** avsc's class with what it has beyond its published type. */
type Base<Extra = unknown> = new (schema?: AvroSchema, options?: unknown) => AvroType & Extra;
type Writing = { _write(tap: Tap, value: unknown): void };

const { types } = avsc;
const LongType = types.LongType as unknown as Base;
const StringType = types.StringType as unknown as Base;
const BytesType = types.BytesType as unknown as Base;
const FixedType = types.FixedType as unknown as Base<{ readonly size: number }>;
const UnionType = types.UnwrappedUnionType as unknown as Base<{
  readonly types: readonly (AvroType & Writing)[];
}>;

const BYTE = 0x80;
const TWO_27 = 2 ** 27;

/** Longs with |x| ≤ 2^53 − 1, exact in both directions. */
class SafeLongType extends LongType {
  _check(value: unknown, _flags?: unknown, hook?: (value: unknown, type: AvroType) => void): boolean {
    const isValid = Number.isSafeInteger(value);
    if (!isValid) hook?.(value, this);
    return isValid;
  }

  _read(tap: Tap): number {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = tap.buf[tap.pos++] as number;
      low |= (byte & 0x7f) << shift;
      if (byte < BYTE) return (low >>> 1) ^ -(low & 1);
    }
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = tap.buf[tap.pos++] as number;
      if (shift < 28) high |= (byte & 0x7f) << shift;
      if (!(byte >= BYTE)) break;
    }
    const magnitude = high * TWO_27 + (low >>> 1);
    return (low & 1) === 0 ? magnitude : -magnitude - 1;
  }

  _write(tap: Tap, value: number): void {
    if (!Number.isSafeInteger(value)) throw new TypeError(`not a safe integer: ${String(value)}`);
    const magnitude = value < 0 ? -value - 1 : value;
    if (magnitude < TWO_27) {
      writeVarint(tap, value < 0 ? 2 * magnitude + 1 : 2 * magnitude);
      return;
    }
    let low = (magnitude % TWO_27) * 2 + (value < 0 ? 1 : 0);
    for (let group = 0; group < 4; group += 1) {
      tap.buf[tap.pos++] = (low & 0x7f) | BYTE;
      low >>>= 7;
    }
    writeVarint(tap, Math.floor(magnitude / TWO_27));
  }
}

function writeVarint(tap: Tap, value: number): void {
  let rest = value;
  while (rest >= BYTE) {
    tap.buf[tap.pos++] = (rest & 0x7f) | BYTE;
    rest >>>= 7;
  }
  tap.buf[tap.pos++] = rest;
}

/** Text that is well-formed Unicode: a lone surrogate has no UTF-8 form and is refused. */
class WellFormedStringType extends StringType {
  _write(tap: Tap, value: string): void {
    if (typeof value !== 'string') throw new TypeError(`not a string: ${String(value)}`);
    if (!value.isWellFormed()) throw new TypeError('text with a lone surrogate has no UTF-8 form');
    tap.writeString(value);
  }
}

function writeOctets(tap: Tap, value: Uint8Array): void {
  if (tap.pos + value.length <= tap.buf.length) tap.buf.set(value, tap.pos);
  tap.pos += value.length;
}

/** Any Uint8Array is written; a Buffer is read. */
class OctetsType extends BytesType {
  _check(value: unknown): boolean {
    return value instanceof Uint8Array;
  }

  _write(tap: Tap, value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw new TypeError('not bytes');
    tap.writeLong(value.length);
    writeOctets(tap, value);
  }
}

/** Any Uint8Array of the right length is written; a Buffer is read. */
class FixedOctetsType extends FixedType {
  _check(value: unknown): boolean {
    return value instanceof Uint8Array && value.length === this.size;
  }

  _write(tap: Tap, value: Uint8Array): void {
    if (!this._check(value)) throw new TypeError(`not ${this.size} bytes`);
    writeOctets(tap, value);
  }
}

/** null or one other type, told apart by the value alone; avsc itself would look into the value's kind. */
class NullableType extends UnionType {
  _write(tap: Tap, value: unknown): void {
    const index = (this.types[0]?.typeName === 'null') === (value === null) ? 0 : 1;
    tap.writeLong(index);
    if (value !== null) this.types[index]?._write(tap, value);
  }
}

const safeLong = new SafeLongType();
const wellFormedString = new WellFormedStringType();
const octets = new OctetsType();

/** Compiles a schema. Throws avsc's error when it is no valid Avro schema. */
export function compileType(schema: AvroSchema): AvroType {
  return avsc.Type.forSchema(schema as never, {
    wrapUnions: false,
    omitRecordMethods: true,
    typeHook: (part, options) => ownType(part as AvroSchema, options),
  });
}

function ownType(schema: AvroSchema, options: unknown): AvroType | undefined {
  if (isUnion(schema))
    return schema.length === 2 && schema.includes('null') ? new NullableType(schema, options) : undefined;
  const name = typeof schema === 'string' ? schema : schema.type;
  if (name === 'long') return safeLong;
  if (name === 'string') return wellFormedString;
  if (name === 'bytes') return octets;
  if (name === 'fixed') return new FixedOctetsType(schema, options);
  return undefined;
}

/** Whether both describe the same data: same names, fields, types and order, whatever their documentation says. */
export function isSameData(left: AvroType, right: AvroType): boolean {
  return left.equals(right);
}
