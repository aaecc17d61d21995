/**
 * All that the judge knows of one merchant: what is configured, what is closed, which ids were seen, what was counted. It only
 * remembers; what may be done with it is decided in `recount.ts`.
 *
 * Memory, measured: 750 bytes for each submission that is remembered (45 days, spec.md 3.2) with its legs and its share of the sums per
 * business day. Of older ones only those sums stay.
 */
import type { DailyBalance, EntryPosted, Merchant, MerchantConfigured } from '@fluxo/schemas';
import { type CalendarVersion, startOfDay, versionOn } from './business-day.ts';
import { Movements } from './movements.ts';

/** A leg as a reversal needs it. */
export type PostedLeg = Pick<
  EntryPosted,
  'leg' | 'accountId' | 'direction' | 'kind' | 'paymentMethod' | 'amountMinor' | 'currency' | 'businessDate'
>;

/** What an id stood for. */
export type Remembered = {
  /** Digest of type and fields, see `contentOf`. */
  readonly content: string;
  readonly recordedAt: number;
  /** In posted order; empty for a configuration, a closing or a reopening. */
  readonly legs: readonly PostedLeg[];
  isReversed: boolean;
};

export type Stamp = { readonly revision: number; readonly recordedAt: number };

export class MerchantBook {
  readonly merchantId: string;
  /** The last configuration applied. */
  configuration: MerchantConfigured;
  readonly movements = new Movements();
  readonly seen = new Map<string, Remembered>();
  /** Business date → the last posting that changed its document. */
  readonly documents = new Map<number, Stamp>();
  calendar: readonly CalendarVersion[] = [];
  closedThrough: number | null = null;
  ledgerSeq = 0;
  /** Of the Merchant record. */
  touched: Stamp = { revision: 0, recordedAt: 0 };

  constructor(configuration: MerchantConfigured) {
    this.merchantId = configuration.merchantId;
    this.configuration = configuration;
  }

  /** The currency of an account; undefined: there is no such account. */
  currencyOf(accountId: string): string | undefined {
    return this.configuration.accounts.find((account) => account.accountId === accountId)?.currency;
  }

  /** Forgets ids recorded before this time; what was counted stays. */
  forget(recordedBefore: number): void {
    for (const [id, { recordedAt }] of this.seen) if (recordedAt < recordedBefore) this.seen.delete(id);
  }

  /** The document of that day as it must stand now, without its chain head. */
  document(businessDate: number): Omit<DailyBalance, 'chainHead'> {
    const { zone, cutoffMinutes } = versionOn(this.calendar, businessDate);
    const { revision, recordedAt } = this.documents.get(businessDate) ?? { revision: 0, recordedAt: 0 };
    return {
      merchantId: this.merchantId,
      businessDate,
      zone,
      cutoffMinutes,
      dayStart: startOfDay(this.calendar, businessDate),
      revision,
      recordedAt,
      ...this.movements.figures(businessDate),
    };
  }

  /** The Merchant record as it must stand now, without its chain head. */
  record(): Omit<Merchant, 'chainHead'> {
    const { name, lateEntries, backdateLimitDays, accounts } = this.configuration;
    return {
      merchantId: this.merchantId,
      name,
      calendar: this.calendar,
      lateEntries,
      backdateLimitDays,
      accounts,
      closedThrough: this.closedThrough,
      ...this.touched,
    };
  }
}
