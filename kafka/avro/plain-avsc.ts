/**
 * avsc as it comes, without anything of `avro-types.ts`: longs through its public door for big integers, everything else its
 * own. Tests hold our decoder against it. It believes what a message claims, so it must only see what a guard let through.
 */
import avsc from 'avsc';
import type { AvroSchema } from './avro-schema.ts';

/** Reads one value from `start` on. Throws avsc's error when the bytes do not end with it. */
export type PlainReader = (bytes: Uint8Array, start: number) => unknown;

const bigLong = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (left: bigint, right: bigint) => (left < right ? -1 : left > right ? 1 : 0),
});

export function plainReader(schema: AvroSchema): PlainReader {
  const type = avsc.Type.forSchema(schema as never, {
    wrapUnions: false,
    typeHook: (part) => (isLong(part) ? bigLong : undefined),
  });
  return (bytes, start) => type.fromBuffer(Buffer.from(bytes.subarray(start)));
}

function isLong(schema: unknown): boolean {
  return schema === 'long' || (schema as { readonly type?: unknown }).type === 'long';
}
