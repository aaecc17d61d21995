/**
 * The view in this process's memory: every merchant and every document of the two compacted topics, or those of its shard, fed by
 * `topic-feed.ts`.
 *
 * Guarantees: per key the greatest revision ever applied wins, whatever the order of arrival (I6); what one call applies becomes
 * visible at once. Until `isLoaded` it answers `incomplete`, because a document it lacks may still be on its way, and
 * so it does of merchants that are another shard's. It keeps
 * documents as they came and decodes them when they are read.
 */
import type { DailyBalance, Merchant } from '@fluxo/schemas';
import type { Answer, BalanceView, DateRange, MerchantDays, StoredDay } from '../balance-view.ts';
import { Arrivals } from './arrivals.ts';
import { type Address, DocumentSlabs } from './document-slabs.ts';
import { MerchantDays as DayIndex } from './merchant-days.ts';

/** What the view holds of one merchant. A day may arrive before its merchant does: they are two topics. */
type Entry = {
  readonly merchantId: string;
  merchant: Merchant | null;
  /** Greatest revision that has arrived, of the merchant and all its days. */
  head: number;
  readonly days: DayIndex;
};

/** Which state of which document. */
export type BalanceKey = Pick<DailyBalance, 'merchantId' | 'businessDate' | 'revision'>;

/** Decodes the bytes of a document that was decoded before, when it was applied. */
export type DecodeBalance = (body: Uint8Array) => DailyBalance;

export class MemoryView implements BalanceView {
  readonly tier = 'memory';
  readonly #arrivals = new Arrivals();
  readonly #decode: DecodeBalance;
  /** Whether this merchant is one that the view is fed with. */
  readonly holds: (merchantId: string) => boolean;
  readonly #entries = new Map<string, Entry>();
  readonly #slabs = new DocumentSlabs();
  #documents = 0;
  /** Set by the feed once everything that was in the topics when it started has been applied. */
  isLoaded = false;

  /** `holds` where the feed is a shard's. */
  constructor(decode: DecodeBalance, holds: (merchantId: string) => boolean = () => true) {
    this.#decode = decode;
    this.holds = holds;
  }

  get size(): { merchants: number; documents: number; documentBytes: number } {
    return {
      merchants: this.#entries.size,
      documents: this.#documents,
      documentBytes: this.#slabs.allocatedBytes,
    };
  }

  /** Takes a merchant unless it holds a revision as high. */
  applyMerchant(merchant: Merchant): void {
    const entry = this.#entryOf(merchant.merchantId);
    if (entry.merchant !== null && entry.merchant.revision >= merchant.revision) return;
    entry.merchant = merchant;
    this.#advance(entry, merchant.revision);
  }

  /** Takes a document that is all there is of its revision. */
  applyBalance(document: BalanceKey, body: Uint8Array): void {
    this.keepBalance(document, body);
    this.arrived(document.merchantId, document.revision);
  }

  /**
   * Takes a copy of a document, `body` being the bytes that `document` was decoded from, unless it holds a revision as high. Its revision has arrived
   * when `arrived` says so: others may belong to it.
   */
  keepBalance(document: BalanceKey, body: Uint8Array): void {
    const { merchantId, businessDate, revision } = document;
    const entry = this.#entryOf(merchantId);
    const address = entry.days.addressOf(businessDate);
    if (address === undefined) {
      entry.days.set(businessDate, this.#slabs.put(body, revision));
      this.#documents += 1;
    } else {
      if (this.#slabs.revision(address) >= revision) return;
      entry.days.set(businessDate, this.#slabs.replace(address, body, revision));
    }
  }

  /** All documents of the merchant up to this revision have been kept. */
  arrived(merchantId: string, revision: number): void {
    this.#advance(this.#entryOf(merchantId), revision);
  }

  /** Resolves when this revision of the merchant, or a higher one, has arrived; after `waitMs` also when not. */
  async reached(merchantId: string, revision: number, waitMs: number): Promise<void> {
    const head = this.#entries.get(merchantId)?.head ?? 0;
    if (head < revision) await this.#arrivals.wait(merchantId, revision, waitMs);
  }

  merchant(merchantId: string): Answer<Merchant> {
    return this.#answer(merchantId, (merchant) => merchant);
  }

  days(merchantId: string, range: DateRange): Answer<MerchantDays> {
    return this.#answer(merchantId, (merchant, entry) => {
      const { before, within } = entry.days.around(range);
      return {
        merchant,
        days: within.map((date) => this.#stored(entry, date)),
        before: before === undefined ? null : this.#stored(entry, before),
      };
    });
  }

  latest(merchantId: string): Answer<MerchantDays> {
    return this.#answer(merchantId, (merchant, entry) => {
      const { last } = entry.days;
      return { merchant, days: last === undefined ? [] : [this.#stored(entry, last)], before: null };
    });
  }

  #answer<Value>(merchantId: string, read: (merchant: Merchant, entry: Entry) => Value): Answer<Value> {
    if (!this.isLoaded || !this.holds(merchantId)) return { kind: 'incomplete' };
    const entry = this.#entries.get(merchantId);
    if (entry === undefined || entry.merchant === null) return { kind: 'unknown' };
    return { kind: 'known', head: entry.head, value: read(entry.merchant, entry) };
  }

  /** Looks the document up again when it is read: its place may have been given to another one in between. */
  #stored(entry: Entry, businessDate: number): StoredDay {
    const address = (): Address => entry.days.addressOf(businessDate) as Address;
    return {
      businessDate,
      revision: this.#slabs.revision(address()),
      read: () => this.#decode(this.#slabs.bytes(address())),
    };
  }

  #entryOf(merchantId: string): Entry {
    const known = this.#entries.get(merchantId);
    if (known !== undefined) return known;
    const entry: Entry = { merchantId, merchant: null, head: 0, days: new DayIndex() };
    this.#entries.set(merchantId, entry);
    return entry;
  }

  #advance(entry: Entry, revision: number): void {
    if (revision > entry.head) entry.head = revision;
    this.#arrivals.arrived(entry.merchantId, entry.head);
  }
}
