/**
 * Under what an id is looked up: the merchant's number in its partition and the 128 bits of the UUID, as five words, with a hash
 * of them. One key is filled again and again, so that a look-up allocates nothing.
 */

/** The words of a UUID and the merchant's number, which is the last of them. */
export const KEY_WORDS = 5;
export const MERCHANT_WORD = 4;

/** The value of each hexadecimal digit by its character code; ids are lower-case (spec.md section 2). */
const digitOf = new Uint8Array(128);
for (let value = 0; value < 16; value += 1) digitOf[value.toString(16).charCodeAt(0)] = value;

/** An id in text form: a string, or where its 36 characters stand in a value that was read. */
export type IdText = string | { readonly bytes: Uint8Array; readonly at: number };

export class IdKey {
  readonly words = new Int32Array(KEY_WORDS);
  hash = 0;

  /** `id` in the text form of a UUID, 36 characters. */
  set(merchant: number, id: IdText): void {
    const { words } = this;
    if (typeof id === 'string') setText(words, id);
    else setBytes(words, id.bytes, id.at);
    words[MERCHANT_WORD] = merchant;
    this.hash = hashOf(words, 0);
  }

  /** The key whose words stand there. */
  copy(words: Int32Array, at: number): void {
    for (let index = 0; index < KEY_WORDS; index += 1) this.words[index] = words[at + index] as number;
    this.hash = hashOf(words, at);
  }
}

/** The hash of the key whose words stand there. Its low bits are as good as its high ones. */
export function hashOf(words: Int32Array, at: number): number {
  let hash = 0;
  for (let index = at; index < at + KEY_WORDS; index += 1) {
    hash = Math.imul(hash ^ (words[index] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

function setText(words: Int32Array, id: string): void {
  words[0] = (hex16(id, 0) << 16) | hex16(id, 4);
  words[1] = (hex16(id, 9) << 16) | hex16(id, 14);
  words[2] = (hex16(id, 19) << 16) | hex16(id, 24);
  words[3] = (hex16(id, 28) << 16) | hex16(id, 32);
}

/** The same from bytes. The two stay apart, because each is fast only while it meets one kind of text. */
function setBytes(words: Int32Array, id: Uint8Array, at: number): void {
  words[0] = (hex16At(id, at) << 16) | hex16At(id, at + 4);
  words[1] = (hex16At(id, at + 9) << 16) | hex16At(id, at + 14);
  words[2] = (hex16At(id, at + 19) << 16) | hex16At(id, at + 24);
  words[3] = (hex16At(id, at + 28) << 16) | hex16At(id, at + 32);
}

/** Four hexadecimal digits. */
function hex16(text: string, at: number): number {
  return (
    (digit(text, at) << 12) | (digit(text, at + 1) << 8) | (digit(text, at + 2) << 4) | digit(text, at + 3)
  );
}

function hex16At(bytes: Uint8Array, at: number): number {
  return (
    (digitAt(bytes, at) << 12) |
    (digitAt(bytes, at + 1) << 8) |
    (digitAt(bytes, at + 2) << 4) |
    digitAt(bytes, at + 3)
  );
}

function digit(text: string, at: number): number {
  return digitOf[text.charCodeAt(at) & 0x7f] as number;
}

function digitAt(bytes: Uint8Array, at: number): number {
  return digitOf[(bytes[at] as number) & 0x7f] as number;
}
