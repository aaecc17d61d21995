/**
 * The rival's wire format, as `java/…/Codec.java` has it: a byte 0, its own schema id, plain Avro. Written by hand like there:
 * seven fields, and what is read of its output is only which entry it is about.
 */
import type { EntrySubmitted } from '@fluxo/schemas';

const ENTRY_SCHEMA_ID = 1;
const BYTES_MAX = 256;
const UUID_LENGTH = 36;
const HEADER_BYTES = 5;

export function encodeForRival(entry: EntrySubmitted): Buffer {
  const bytes = Buffer.alloc(BYTES_MAX);
  bytes.writeUInt32BE(ENTRY_SCHEMA_ID, 1);
  let at = HEADER_BYTES;
  const long = (value: number): void => {
    at = writeLong(bytes, at, value);
  };
  const text = (value: string): void => {
    long(value.length);
    at += bytes.write(value, at, 'latin1');
  };
  text(entry.entryId);
  text(entry.merchantId);
  text(entry.accountId);
  long(entry.direction === 'CREDIT' ? 0 : 1);
  long(entry.amountMinor);
  text(entry.currency);
  long(entry.occurredAt);
  return bytes.subarray(0, at);
}

/** Zigzag varint of a number from 0 to 2^52. */
function writeLong(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value * 2;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  bytes[at++] = rest;
  return at;
}

/** The id is the first field, and its length one byte. */
export function postedEntryIdOfRival(value: Uint8Array): string {
  const start = HEADER_BYTES + 1;
  return Buffer.from(value.buffer, value.byteOffset + start, UUID_LENGTH).toString('latin1');
}
