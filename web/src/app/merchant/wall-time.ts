/** An instant as the clock on the merchant's wall showed it then: the merchant may have moved to another zone since. */
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { wallClockOf } from '@fluxo/domain';
import type { MerchantBody } from '@fluxo/schemas';
import { Language, TIME_OF_DAY } from '../i18n/language.ts';
import { zoneInForce } from './zone-in-force.ts';

/** The time of day for a sentence. Where this device's clock shows another it names its zone, by the distance from Greenwich. */
export function namedWallTime(instant: string, merchant: MerchantBody, language: Language): string {
  const atMs = Date.parse(instant);
  const zone = zoneInForce(merchant, atMs);
  const hereMs = -new Date(atMs).getTimezoneOffset() * 60_000;
  const isHere = wallClockOf(zone).offsetAt(atMs) === hereMs;
  return language.time(instant, zone, {
    ...TIME_OF_DAY,
    ...(isHere ? {} : { timeZoneName: 'shortOffset' }),
  });
}

@Component({
  selector: 'time[fxAt]',
  template: '{{ text() }}',
  host: { '[attr.datetime]': 'fxAt()' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class WallTime {
  readonly #language = inject(Language);
  /** RFC 3339. */
  readonly fxAt = input.required<string>();
  readonly merchant = input.required<MerchantBody>();
  /** The time of day, without one. */
  readonly form = input<Intl.DateTimeFormatOptions>();
  protected readonly text = computed(() =>
    this.#language.time(this.fxAt(), zoneInForce(this.merchant(), Date.parse(this.fxAt())), this.form()),
  );
}
