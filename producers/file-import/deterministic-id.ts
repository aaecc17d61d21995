/** Ids that are the same whenever they are made from the same name (RFC 9562, UUID version 5), in this project's name space. */
import { createHash } from 'node:crypto';

/** Any UUID would do, as long as it never changes: a changed one would import every file a second time. */
const NAME_SPACE = Buffer.from('6f1d0f3a7c4b4e56a9c2b1f5d0e8a374', 'hex');

export function idFromName(name: string): string {
  const bytes = createHash('sha1').update(NAME_SPACE).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
