/**
 * Decompresses what stands behind a batch's header, up to a limit: a few kilobytes of a batch may stand for gigabytes of zeros, and
 * whoever makes room for them is gone. gzip and zstd are stopped while they work. Snappy and LZ4 are decompressed in one go in a
 * memory of WebAssembly that never shrinks again, so what they will come to is counted before.
 */
import zlib from 'node:zlib';
import { compressionsAlgorithms } from '@platformatic/kafka';

/**
 * An honest producer's batch has at most 1 MB on the wire (`message.max.bytes`), and its records are not all alike: ten times that is
 * much, and this is sixty times.
 */
export const DECOMPRESSED_BYTES_MAX: number = 64 * 1024 * 1024;

type Decompression = (body: Buffer) => Buffer | null;

/** By the number that a batch's attributes have for the method. */
const methods: readonly (Decompression | undefined)[] = [
  undefined,
  (body) => unlessTooLarge(() => zlib.gunzipSync(body, { maxOutputLength: DECOMPRESSED_BYTES_MAX })),
  (body) =>
    snappyBytes(body) > DECOMPRESSED_BYTES_MAX ? null : compressionsAlgorithms.snappy.decompressSync(body),
  (body) =>
    lz4Bytes(body) > DECOMPRESSED_BYTES_MAX ? null : compressionsAlgorithms.lz4.decompressSync(body),
  (body) => unlessTooLarge(() => zlib.zstdDecompressSync(body, { maxOutputLength: DECOMPRESSED_BYTES_MAX })),
];

/** The way back from this method of compression; null instead of more than `DECOMPRESSED_BYTES_MAX`. Throws if the bytes are broken. */
export function decompressionOf(method: number): Decompression | undefined {
  return methods[method];
}

function unlessTooLarge(decompress: () => Buffer): Buffer | null {
  try {
    return decompress();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw error;
  }
}

const XERIAL_MAGIC = Buffer.from('82534e4150505900', 'hex');
const XERIAL_HEADER_BYTES = 16;

/**
 * What Snappy says it comes to, which its decoder makes room for before it looks further.
 *
 *   Snappy => decompressed_length (varint) elements
 *   Xerial => magic (8 bytes) versions (8 bytes) [length (int32) Snappy]     (Java's clients write this one)
 */
function snappyBytes(body: Buffer): number {
  if (!body.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappyLength(body, 0);
  let total = 0;
  for (let at = XERIAL_HEADER_BYTES; at + 4 <= body.length; at += 4 + body.readUInt32BE(at))
    total += snappyLength(body, at + 4);
  return total;
}

function snappyLength(body: Buffer, start: number): number {
  let length = 0;
  for (let at = start; at < start + 5; at++) {
    const byte = body[at] ?? 0;
    length += (byte & 0x7f) * 0x80 ** (at - start);
    if (byte < 0x80) break;
  }
  return length;
}

const LZ4_MAGIC = 0x184d_2204;
/** LZ4 makes at most 255 bytes of one. */
const LZ4_RATIO_MAX = 255;
const lz4Flag = { dictionaryId: 0x01, contentSize: 0x08, blockChecksum: 0x10 } as const;

/**
 * What an LZ4 frame comes to, counted block by block; for a short one no more than a bound. Throws if it is another kind of frame,
 * whose blocks stand elsewhere.
 *
 *   Frame => magic (4 bytes) flags descriptor [content_size] [dictionary_id] header_checksum [Block] end_mark
 *   Block => size (int32, its highest bit: not compressed) bytes [checksum]     (little-endian; a size of 0 is the end mark)
 */
function lz4Bytes(body: Buffer): number {
  if (body.length * LZ4_RATIO_MAX <= DECOMPRESSED_BYTES_MAX) return body.length * LZ4_RATIO_MAX;
  if (body.readUInt32LE(0) !== LZ4_MAGIC) throw new Error('it is no LZ4 frame');
  const flags = body[4] as number;
  const checksumBytes = flags & lz4Flag.blockChecksum ? 4 : 0;
  let at = 7 + (flags & lz4Flag.contentSize ? 8 : 0) + (flags & lz4Flag.dictionaryId ? 4 : 0);
  let total = 0;
  while (at + 4 <= body.length) {
    const size = body.readUInt32LE(at);
    if (size === 0) break;
    const length = size & 0x7fff_ffff;
    const block = body.subarray(at + 4, at + 4 + length);
    total += size === length ? lz4BlockBytes(block) : length;
    at += 4 + length + checksumBytes;
  }
  return total;
}

/** Block => [token literal_length literals offset (int16) match_length]     (the last one ends behind its literals) */
function lz4BlockBytes(block: Buffer): number {
  let at = 0;
  let total = 0;
  const length = (short: number): number => {
    let sum = short;
    for (let byte = short === 15 ? 255 : 0; byte === 255; sum += byte) byte = block[at++] ?? 0;
    return sum;
  };
  while (at < block.length) {
    const token = block[at++] as number;
    const literals = length(token >> 4);
    total += literals;
    at += literals + 2;
    if (at < block.length) total += length(token & 0x0f) + 4;
  }
  return total;
}
