/** Bytes that may be text: keys of records, which anybody may have written. */
import { isUtf8 } from 'node:buffer';

/** The text of these bytes; null if there are none, or if they are not UTF-8. */
export function textOf(bytes: Uint8Array | null): string | null {
  return bytes !== null && isUtf8(bytes) ? Buffer.from(bytes).toString() : null;
}
