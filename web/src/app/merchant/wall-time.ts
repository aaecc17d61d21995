/** An instant as the clock on the merchant's wall showed it then: the merchant may have moved to another zone since. */
import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import type { MerchantBody } from '@fluxo/schemas';
import { Language } from '../i18n/language.ts';
import { zoneInForce } from './zone-in-force.ts';

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
