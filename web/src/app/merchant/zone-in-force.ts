/** The calendar of a merchant as the page reads and shows it, by the ledger's own rules. */
import { businessDateOf, type Calendar, calendarOf, parseDate, versionInForce } from '@fluxo/domain';
import type { MerchantBody } from '@fluxo/schemas';

export type Version = MerchantBody['calendar'][number];

export function calendarFrom(versions: readonly Version[]): Calendar {
  return calendarOf(
    versions.flatMap(({ effectiveFrom, zone, cutoffMinutes }) => {
      const date = parseDate(effectiveFrom);
      return date === undefined ? [] : [{ effectiveFrom: date, zone, cutoffMinutes }];
    }),
  );
}

/** The zone on the merchant's wall at this instant, epoch milliseconds. A merchant's list has versions in it that are still to come. */
export function zoneInForce({ calendar }: Pick<MerchantBody, 'calendar'>, nowMs: number): string {
  const versions = calendarFrom(calendar);
  return versionInForce(versions, businessDateOf(versions, nowMs)).zone;
}
