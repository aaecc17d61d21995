/** A stretch of days as one representation: it shows the greatest revision among its days, and its tag stands for all of theirs. */
import { hash } from 'node:crypto';
import { formatDate } from '@fluxo/schemas';
import type { DateRange } from '../views/balance-view.ts';
import type { DayRepresentation } from './day-representations.ts';
import { entityTag, type Representation } from './representation.ts';

const COMMA = 0x2c;

export type RangeRepresentation = Representation & { readonly body: Buffer };

/** `days`: at least one. */
export function rangeRepresentation(
  merchantId: string,
  range: DateRange,
  days: readonly DayRepresentation[],
): RangeRepresentation {
  const { revision, recordedAt } = days.reduce((best, day) => (day.revision > best.revision ? day : best));
  // A day's tag stands for every byte of it, and is a thirtieth of them to be hashed.
  const tags = days.map((day) => day.etag).join();
  const head = JSON.stringify({ merchantId, from: formatDate(range.from), to: formatDate(range.to) });
  return {
    body: listOf(`${head.slice(0, -1)},"days":[`, days, ']}'),
    etag: entityTag(revision, hash('sha256', tags, 'base64url')),
    revision,
    recordedAt,
  };
}

/**
 * The days between two pieces of ASCII, each written once and to its place: joined as text they would be copied together, measured and encoded,
 * which takes three times as long.
 */
function listOf(head: string, days: readonly DayRepresentation[], end: string): Buffer {
  const daysBytes = days.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  const bytes = Buffer.allocUnsafe(head.length + daysBytes + (days.length - 1) + end.length);
  let at = bytes.write(head, 0, 'latin1');
  for (const [index, { body }] of days.entries()) {
    if (index > 0) bytes[at++] = COMMA;
    at += bytes.write(body, at, 'utf8');
  }
  bytes.write(end, at, 'latin1');
  return bytes;
}
