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
  #asked = 0;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  open(merchantId: string): void {
    this.#merchantId = merchantId;
    const known = this.#current.merchant();
    this.merchant.set(known?.merchantId === merchantId ? known : readKept(merchantId));
    this.page.set(null);
    this.error.set(null);
    void this.reload();
  }

  /** An answer that another question has overtaken is thrown away. */
  async reload(): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    try {
      const page = await firstValueFrom(
        this.#http.get<DayPageBody>(addresses.day(this.#merchantId, 'today')),
      );
      if (mine !== this.#asked) return;
      localStorage.setItem(keyOf(page.merchant.merchantId), JSON.stringify(page.merchant));
      this.page.set(page);
      this.merchant.set(page.merchant);
      this.#current.merchant.set(page.merchant);
      this.error.set(null);
    } catch (error) {
      if (mine === this.#asked) this.error.set(error);
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
