/** A stretch of days as one representation: it shows the greatest revision among its days, and its tag stands for all of theirs. */
import { hash } from 'node:crypto';
import { formatDate } from '@fluxo/schemas';
import type { DateRange } from '../views/balance-view.ts';
import { entityTag, type Representation } from './representation.ts';

export function rangeRepresentation(
  merchantId: string,
  range: DateRange,
  days: readonly Representation[],
): Representation {
  const newest = days.reduce((best, day) => (day.revision > best.revision ? day : best));
  const head = JSON.stringify({ merchantId, from: formatDate(range.from), to: formatDate(range.to) });
  const body = `${head.slice(0, -1)},"days":[${days.map((day) => day.body).join(',')}]}`;
  // A day's tag stands for every byte of it, and is a thirtieth of them to be hashed.
  const tags = days.map((day) => day.etag).join();
  const etag = entityTag(newest.revision, hash('sha256', tags, 'base64url'));
  return { body, etag, revision: newest.revision, recordedAt: newest.recordedAt };
}
