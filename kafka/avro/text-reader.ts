/**
 * Reads the text of Avro strings. Most of it is short, plain ASCII and was read before: ids of merchants and accounts,
 * currencies, names of systems. Such a text comes out of a small table, without an allocation, and as the very string that was
 * given before, so that whoever looks it up in a Map need not hash it again.
 */
import { utf8End } from './utf8.ts';

/** Longer texts are rarely met twice. */
const CACHED_LENGTH_MAX = 24;
/** A power of two. A text whose place is taken by another one is decoded and takes it over. */
const PLACES = 4096;

const places = Array.from({ length: PLACES }, () => '');

/** The text of these bytes; undefined if they are not well-formed UTF-8. */
export function readText(bytes: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  let hash = length;
  let bits = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    bits |= byte;
    hash = Math.imul(hash ^ byte, 0x9e3779b1);
  }
  if (bits >= 0x80)
    return utf8End(bytes, start, end) === end ? bytes.toString('utf8', start, end) : undefined;
  if (length > CACHED_LENGTH_MAX) return bytes.toString('latin1', start, end);
  const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
  const known = places[place] as string;
  if (known.length === length && isText(known, bytes, start)) return known;
  const text = bytes.toString('latin1', start, end);
  places[place] = text;
  return text;
}

function isText(text: string, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < text.length; index += 1)
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}
