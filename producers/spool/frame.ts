/**
 * How one record lies in a spool file:
 *
 *   frame   = length:uint32 checksum:uint32 payload        (big endian)
 *   length  = bytes of the payload, 1 to 1 MiB
 *   checksum = CRC-32 of length and payload
 *
 * A crash leaves at most one incomplete run of frames at the end of a file; the checksum tells it from whole ones.
 */
import { crc32 } from 'node:zlib';

export const FRAME_HEADER_BYTES = 8;
export const PAYLOAD_BYTES_MAX = 1024 * 1024;

export function frameOf(payload: Uint8Array): Buffer {
  if (payload.length < 1 || payload.length > PAYLOAD_BYTES_MAX)
    throw new RangeError(`a spooled record has 1 to ${PAYLOAD_BYTES_MAX} bytes, not ${payload.length}`);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.set(payload, FRAME_HEADER_BYTES);
  frame.writeUInt32BE(checksumOf(frame), 4);
  return frame;
}

/** The payload of the whole frame that begins at `start`; null when there is none. */
export function payloadAt(bytes: Buffer, start: number): Buffer | null {
  if (start + FRAME_HEADER_BYTES > bytes.length) return null;
  const length = bytes.readUInt32BE(start);
  const end = start + FRAME_HEADER_BYTES + length;
  if (length < 1 || length > PAYLOAD_BYTES_MAX || end > bytes.length) return null;
  const frame = bytes.subarray(start, end);
  return frame.readUInt32BE(4) === checksumOf(frame) ? frame.subarray(FRAME_HEADER_BYTES) : null;
}

function checksumOf(frame: Buffer): number {
  return crc32(frame.subarray(FRAME_HEADER_BYTES), crc32(frame.subarray(0, 4)));
}
