/**
 * Which day an entry counts on: row 11 of spec.md 3.2 and all of 3.3. Nothing is ever dropped because it is late: what comes
 * for a day that can no longer be booked counts on the next open one, unless the merchant wants it refused.
 */
import { businessDateOf } from '../calendar/business-day.ts';
import { addDays, type BusinessDate, formatDate } from '../calendar/calendar-date.ts';
import { invariant } from '../domain-error.ts';
import { type Context, type Rejected, reject } from './decision.ts';
import type { MerchantSettings } from './merchant.ts';

export type Booking = {
  readonly kind: 'booked';
  readonly businessDate: BusinessDate;
  /** The entry's own day, where that is another. */
  readonly originalBusinessDate: BusinessDate | null;
};

/** The day on which something of day `own` is booked, or why it is refused. */
export function bookingOf(
  settings: MerchantSettings,
  own: BusinessDate,
  { recordedAt }: Context,
): Booking | Rejected {
  const today = businessDateOf(settings.calendar, recordedAt);
  const oldest = addDays(today, -settings.backdateLimitDays);
  const isClosed = settings.closedThrough !== null && own <= settings.closedThrough;
  if (!isClosed && own >= oldest) return booked(settings, own, null);
  if (settings.lateEntries === 'REJECT' && own < today) {
    if (isClosed) return reject('day-closed', `${formatDate(own)} is closed`);
    return reject(
      'backdated-beyond-limit',
      `${formatDate(own)} is earlier than ${formatDate(oldest)}, the first day that can still be booked`,
    );
  }
  return booked(settings, firstOpenDay(settings.closedThrough, today), own);
}

function firstOpenDay(closedThrough: BusinessDate | null, today: BusinessDate): BusinessDate {
  return closedThrough !== null && closedThrough >= today ? addDays(closedThrough, 1) : today;
}

function booked(
  { closedThrough }: MerchantSettings,
  businessDate: BusinessDate,
  originalBusinessDate: BusinessDate | null,
): Booking {
  const isOpen = closedThrough === null || businessDate > closedThrough;
  invariant('I13', isOpen, () => `a posting on the closed day ${formatDate(businessDate)}`);
  return { kind: 'booked', businessDate, originalBusinessDate };
}
