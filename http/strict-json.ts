/**
 * JSON as every API takes it (reliability.md section 4): whatever two readers could understand differently is refused, with the place.
 * Duplicate keys, keys that mean something to JavaScript, numbers that are not whole or not written as whole (12.0, 1e3), lone
 * surrogates, U+0000, bytes that are no UTF-8, a byte order mark, nesting beyond anything the API knows.
 */
import { type JSONPath, type JSONVisitor, visit } from 'jsonc-parser';

const DEPTH_MAX = 20;
const WHOLE = /^-?(?:0|[1-9][0-9]*)$/;

/** What is wrong, and where: an RFC 6901 pointer, '' for the whole of it. */
export class JsonRefusal extends Error {
  override readonly name = 'JsonRefusal';
  readonly pointer: string;

  constructor(pointer: string, problem: string) {
    super(problem);
    this.pointer = pointer;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value of these bytes. Throws `JsonRefusal`. */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  const value = parsed(text);
  visit(text, new Inspector(text), { disallowComments: true });
  return value;
}

/** `['accounts', 2, 'a/b']` as `/accounts/2/a~1b`. */
export function pointerOf(path: JSONPath): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new JsonRefusal('', 'is not UTF-8');
  }
}

/** The grammar is the platform's to judge; what it lets through is looked at afterwards. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new JsonRefusal('', 'is not JSON (RFC 8259), with nothing before or behind it');
  }
}

type Place = () => JSONPath;

class Inspector implements JSONVisitor {
  readonly #text: string;
  /** The keys of every object that is open, innermost last; null for an array. */
  readonly #open: (Set<string> | null)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  readonly onObjectBegin = (_o: number, _n: number, _l: number, _c: number, place: Place): void => {
    this.#enter(new Set(), place);
  };

  readonly onArrayBegin = (_o: number, _n: number, _l: number, _c: number, place: Place): void => {
    this.#enter(null, place);
  };

  readonly onObjectEnd = (): void => void this.#open.pop();

  readonly onArrayEnd = (): void => void this.#open.pop();

  readonly onObjectProperty = (
    name: string,
    _o: number,
    _n: number,
    _l: number,
    _c: number,
    place: Place,
  ): void => {
    const pointer = pointerOf([...place(), name]);
    if (name === '__proto__') throw new JsonRefusal(pointer, 'is a key that is never taken');
    refuseText(name, pointer);
    const keys = this.#open.at(-1);
    if (keys?.has(name)) throw new JsonRefusal(pointer, 'is there twice');
    keys?.add(name);
  };

  readonly onLiteralValue = (
    value: unknown,
    offset: number,
    length: number,
    _l: number,
    _c: number,
    place: Place,
  ): void => {
    if (typeof value === 'string') refuseText(value, () => pointerOf(place()));
    if (typeof value !== 'number') return;
    const written = this.#text.slice(offset, offset + length);
    if (!WHOLE.test(written) || !Number.isSafeInteger(value))
      throw new JsonRefusal(
        pointerOf(place()),
        'is not a whole number within ±(2^53 − 1), written in digits',
      );
  };

  #enter(keys: Set<string> | null, place: Place): void {
    this.#open.push(keys);
    if (this.#open.length > DEPTH_MAX)
      throw new JsonRefusal(pointerOf(place()), `is nested more than ${DEPTH_MAX} deep`);
  }
}

function refuseText(text: string, pointer: string | (() => string)): void {
  const where = () => (typeof pointer === 'string' ? pointer : pointer());
  if (!text.isWellFormed()) throw new JsonRefusal(where(), 'holds half a character (a lone surrogate)');
  if (text.includes('\0')) throw new JsonRefusal(where(), 'holds the character U+0000');
}
