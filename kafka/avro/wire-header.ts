/** What stands before the Avro body of a value in Confluent wire format: byte 0 and a schema id (4 bytes, big endian). */
import { VALUE_BYTES_MAX } from '@fluxo/schemas';

/** Bytes before the Avro body. */
export const WIRE_HEADER_BYTES = 5;

/** Why these bytes are no value in wire format, as far as their begin tells; null if it does not. */
export function headerProblem(value: Uint8Array | null): string | null {
  if (value === null) return 'no value';
  if (value.length > VALUE_BYTES_MAX)
    return `${value.length} bytes, more than the ${VALUE_BYTES_MAX} a value may have`;
  if (value.length < WIRE_HEADER_BYTES) return 'shorter than the wire format’s five bytes';
  return value[0] === 0 ? null : 'not the wire format: it begins with byte 0';
}

/** The schema id in a value without a header problem. */
export function schemaIdOf(bytes: Uint8Array): number {
  const byte = (index: number) => bytes[index] as number;
  return ((byte(1) << 24) | (byte(2) << 16) | (byte(3) << 8) | byte(4)) >>> 0;
}
