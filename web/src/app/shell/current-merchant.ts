/** The merchant whose page is shown, as the last answer described it: name, zone and accounts for the frame and for forms. */
import { Service, signal } from '@angular/core';
import type { MerchantBody } from '@fluxo/schemas';

@Service()
export class CurrentMerchant {
  readonly merchant = signal<MerchantBody | null>(null);
}
