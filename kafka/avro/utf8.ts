/** Well-formed UTF-8 (RFC 3629), judged in place: no overlong form, no surrogate, nothing above U+10FFFF. */

/** Where well-formed UTF-8 from `start` on ends: `end` when all of it is, else the index of the first sequence that is not. */
export function utf8End(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || at + length > end || !isSequence(bytes, at, length)) return at;
    at += length;
  }
  return at;
}

/** The second byte's range depends on the first; every further byte is 80 to BF (RFC 3629, section 4). */
function isSequence(bytes: Uint8Array, at: number, length: number): boolean {
  const lead = bytes[at] as number;
  const second = bytes[at + 1] as number;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return false;
  for (let i = 2; i < length; i += 1) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return false;
  return true;
}
