/**
 * What is known of a merchant, for pages that enter something. It is kept on this device, because a form must open without a line; the accounts
 * of yesterday are good enough to enter by, and the ledger judges.
 */
import type { HttpClient } from '@angular/common/http';
import { inject, signal } from '@angular/core';
import type { DayPageBody, MerchantBody } from '@fluxo/schemas';
import { firstValueFrom } from 'rxjs';
import { addresses } from '../api/addresses.ts';
import { CurrentMerchant } from './current-merchant.ts';

const keyOf = (merchantId: string): string => `fluxo.merchant.${merchantId}`;

export class MerchantSource {
  readonly #http: HttpClient;
  readonly #current = inject(CurrentMerchant);
  readonly merchant = signal<MerchantBody | null>(null);
  /** The whole answer, once there is one of now. */
  readonly page = signal<DayPageBody | null>(null);
  /** Why there is none. */
  readonly error = signal<unknown>(null);
  #merchantId = '';

  constructor(http: HttpClient) {
    this.#http = http;
  }

  open(merchantId: string): void {
    this.#merchantId = merchantId;
    const known = this.#current.merchant();
    this.merchant.set(known?.merchantId === merchantId ? known : readKept(merchantId));
    void this.reload();
  }

  async reload(): Promise<void> {
    const merchantId = this.#merchantId;
    try {
      const page = await firstValueFrom(this.#http.get<DayPageBody>(addresses.day(merchantId, 'today')));
      if (merchantId !== this.#merchantId) return;
      localStorage.setItem(keyOf(merchantId), JSON.stringify(page.merchant));
      this.page.set(page);
      this.merchant.set(page.merchant);
      this.#current.merchant.set(page.merchant);
      this.error.set(null);
    } catch (error) {
      if (merchantId === this.#merchantId) this.error.set(error);
    }
  }
}

function readKept(merchantId: string): MerchantBody | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(merchantId)) ?? 'null') as MerchantBody | null;
  } catch {
    return null;
  }
}
