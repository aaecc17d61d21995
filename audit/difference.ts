/**
 * What the judge finds: one difference is one field of one document or record, with what it should be and what it is. All are
 * counted, but only so many kept, so that a view that is wrong throughout cannot fill the memory of who says so.
 */
import type { JsonObject, JsonValue } from '@fluxo/kafka';
import { isSame } from './same-value.ts';

export type Difference = {
  /** A topic's name, or a view's: `Redis`, `query API`. */
  readonly where: string;
  readonly partition: number;
  /** Which record or document: a record key, for the ledger with its sequence number, for submissions and rejections the offset. */
  readonly key: string;
  /** Path of the field as in `accounts[0].closingMinor`; `record` for the whole of it. Names the invariant where one is violated. */
  readonly field: string;
  readonly expected: JsonValue;
  readonly found: JsonValue;
};

export type FieldDifference = Pick<Difference, 'field' | 'expected' | 'found'>;

export const ABSENT = 'absent';
export const PRESENT = 'present';

/** Differences kept with their content; further ones are only counted. */
const KEPT_MAX = 1_000;

export class Differences {
  readonly kept: Difference[] = [];
  count = 0;

  add(difference: Difference): void {
    this.count += 1;
    if (this.kept.length < KEPT_MAX) this.kept.push(difference);
  }

  addFields(place: Omit<Difference, keyof FieldDifference>, fields: readonly FieldDifference[]): void {
    for (const field of fields) this.add({ ...place, ...field });
  }
}

/** Every field in which two documents differ; none if they are equal. */
export function differingFields(expected: JsonValue, found: JsonValue, field = ''): FieldDifference[] {
  if (isSame(expected, found) && isSame(found, expected)) return [];
  if (isList(expected) && isList(found) && expected.length === found.length)
    return expected.flatMap((each, index) =>
      differingFields(each, found[index] as JsonValue, `${field}[${index}]`),
    );
  if (isObject(expected) && isObject(found)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
    return [...names].flatMap((name) =>
      differingFields(expected[name] ?? null, found[name] ?? null, field === '' ? name : `${field}.${name}`),
    );
  }
  return [{ field: field === '' ? 'record' : field, expected, found }];
}

/** The difference as a line for people. */
export function differenceText({ where, partition, key, field, expected, found }: Difference): string {
  const values = `expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
  return `${where} (partition ${partition}) ${key} ${field}: ${values}`;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
