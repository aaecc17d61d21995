/**
 * The forms a field of a submission may have (spec.md 2 and 3.2, row 1). A form looks at a value nobody has vouched for and
 * says what is wrong with it, as the end of a sentence that begins with the field's name. Forms of records and lists put
 * the path in front, so that the reader finds the field: `accounts[2].name is longer than 128 characters`.
 */

/** What is wrong with the value; undefined: nothing. */
export type Form = (value: unknown) => string | undefined;

/** One form per field of the record. */
export type Fields<Value> = { readonly [Field in keyof Value]: Form };

const ID = /^[A-Za-z0-9._~-]{1,64}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const CURRENCY = /^[A-Z]{3}$/;

const NAME_CODE_POINTS_MAX = 128;
const TEXT_CODE_POINTS_MAX = 512;

/** 2000-01-01 and 2100-01-01, as instants and as dates; the second is the first one out of range. */
const INSTANT_MIN = 946_684_800_000;
const INSTANT_END = 4_102_444_800_000;
const DATE_MIN = 10_957;
const DATE_END = 47_482;

/** `merchantId` and `accountId`. */
export const id = matching(ID, 'is not an id: 1 to 64 of the characters A-Z a-z 0-9 . _ ~ -');

export const uuid = matching(UUID, 'is not a UUID in lower-case text form');

export const currency = matching(CURRENCY, 'is not a currency code of three capital letters');

/** Names of things and people: at most 128 code points. */
export const name = textOf(NAME_CODE_POINTS_MAX);

/** Descriptions and reasons: at most 512 code points. */
export const text = textOf(TEXT_CODE_POINTS_MAX);

/** Any integer with |x| ≤ 2^53 − 1. */
export const integer: Form = (value) =>
  Number.isSafeInteger(value) ? undefined : ' is not an integer within ±(2^53 − 1)';

/** Epoch milliseconds of the years 2000 to 2099. */
export const instant: Form = (value) =>
  Number.isSafeInteger(value) && isWithin(value as number, INSTANT_MIN, INSTANT_END)
    ? undefined
    : ' is not an instant of the years 2000 to 2099';

/** Days since 1970-01-01, of the years 2000 to 2099. */
export const date: Form = (value) =>
  Number.isSafeInteger(value) && isWithin(value as number, DATE_MIN, DATE_END)
    ? undefined
    : ' is not a date of the years 2000 to 2099';

/** One of these names. */
export function oneOf(...values: readonly string[]): Form {
  const known = new Set<unknown>(values);
  return (value) => (known.has(value) ? undefined : ` is none of ${values.join(', ')}`);
}

/** Null, or of this form. */
export function optional(form: Form): Form {
  return (value) => (value === null ? undefined : form(value));
}

/** A record that has all these fields; it may have others. */
export function recordOf<Value>(fields: Fields<Value>): Form {
  const forms: readonly [string, Form][] = Object.entries(fields);
  return (value) => {
    if (typeof value !== 'object' || value === null) return ' is not a record';
    for (const [field, form] of forms) {
      const problem = form((value as Record<string, unknown>)[field]);
      if (problem !== undefined) return `.${field}${problem}`;
    }
    return undefined;
  };
}

/** A list of any length, all of this form. */
export function listOf(form: Form): Form {
  return (value) => {
    if (!Array.isArray(value)) return ' is not a list';
    for (const [index, item] of value.entries()) {
      const problem = form(item);
      if (problem !== undefined) return `[${index}]${problem}`;
    }
    return undefined;
  };
}

function matching(pattern: RegExp, problem: string): Form {
  return (value) => (typeof value === 'string' && pattern.test(value) ? undefined : ` ${problem}`);
}

function textOf(codePointsMax: number): Form {
  return (value) => {
    if (typeof value !== 'string') return ' is not text';
    if (value.includes('\0')) return ' contains the character U+0000';
    return isLonger(value, codePointsMax) ? ` is longer than ${codePointsMax} characters` : undefined;
  };
}

/** Counts code points, and those only where the number of UTF-16 units leaves a doubt. */
function isLonger(value: string, codePointsMax: number): boolean {
  if (value.length <= codePointsMax) return false;
  if (value.length > 2 * codePointsMax) return true;
  let codePoints = 0;
  for (const _ of value) codePoints += 1;
  return codePoints > codePointsMax;
}

function isWithin(value: number, from: number, end: number): boolean {
  return value >= from && value < end;
}
