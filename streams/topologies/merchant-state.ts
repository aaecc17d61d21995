/**
 * What the processor remembers of one merchant: the head of its ledger, its settings, the documents that can still change
 * and the ids it may meet again. It is exactly what the outputs say (spec.md section 1, rule 2) and nothing else. `domain`
 * decides on it as a read-only view; `partition-state.ts` changes it.
 */
import type { BusinessDate, DayFigures, MerchantSettings, MerchantView, RememberedId } from '@fluxo/domain';
import type { RememberedIds } from './ids/remembered-ids.ts';

/** Which ledger record made something what it is. */
export type Stamp = {
  /** Its ledgerSeq. */
  readonly revision: number;
  /** Its recordedAt, epoch milliseconds. */
  readonly recordedAt: number;
  /** Its hash. */
  readonly chainHead: Uint8Array;
};

/** A balance document: what the day says, and the posting that last changed it. */
export type DayDocument = {
  readonly businessDate: BusinessDate;
  readonly figures: DayFigures;
  readonly stamp: Stamp;
};

/** Who a merchant is and what its settings are when it becomes known. */
export type Origin = {
  readonly merchantId: string;
  readonly settings: MerchantSettings;
  readonly stamp: Stamp;
};

/** A merchant as it stood at the last commit, as far as the open transaction has changed it. */
export type Before = Pick<MerchantState, 'head' | 'settings' | 'settingsStamp' | 'latestRecordedAt'> & {
  /** The merchant was not known: going back means forgetting it. */
  readonly isNew: boolean;
  /** `days` stood from this index on; before it nothing has changed. */
  from: number;
  days: readonly DayDocument[];
};

export class MerchantState implements MerchantView {
  readonly number: number;
  readonly #ids: RememberedIds;
  readonly merchantId: string;
  /** The key of the merchant's records. */
  readonly key: Uint8Array;
  /** The last ledger record. */
  head: Stamp;
  settings: MerchantSettings;
  /** The ledger record that last changed the settings. */
  settingsStamp: Stamp;
  /** Sorted by business date, without a gap from the first one on: older documents are only carried into it. */
  readonly days: DayDocument[] = [];
  /** The greatest recordedAt of the merchant's ledger, epoch milliseconds; clocks may step back, this does not. */
  latestRecordedAt: number;

  /** The open transaction changed the documents from this date on: a posting shifts every later document too. */
  changedFrom: BusinessDate | null = null;
  /** The open transaction changed the settings. */
  hasChangedSettings = false;
  /** Null: the open transaction has not touched it. */
  before: Before | null = null;

  /** `number` is the merchant's among those of its partition, under which `ids` keeps what it remembers. */
  constructor(home: { number: number; ids: RememberedIds }, origin: Origin) {
    const { merchantId, settings, stamp } = origin;
    this.number = home.number;
    this.#ids = home.ids;
    this.merchantId = merchantId;
    this.key = Buffer.from(merchantId);
    this.head = stamp;
    this.settings = settings;
    this.settingsStamp = stamp;
    this.latestRecordedAt = stamp.recordedAt;
  }

  get ledgerSeq(): number {
    return this.head.revision;
  }

  remembered(id: string): RememberedId | undefined {
    return this.#ids.find(this.number, id);
  }

  /** Keeps what stands now, before it is changed for the first time in this transaction; documents from index `from` on. */
  keepBefore(from: number, isNew: boolean): void {
    const { head, settings, settingsStamp, latestRecordedAt, days } = this;
    this.before ??= { head, settings, settingsStamp, latestRecordedAt, isNew, from: days.length, days: [] };
    const { before } = this;
    if (from >= before.from) return;
    before.days = [...days.slice(from, before.from), ...before.days];
    before.from = from;
  }

  /** Back to what was kept. */
  restoreBefore({ head, settings, settingsStamp, latestRecordedAt, from, days }: Before): void {
    Object.assign(this, { head, settings, settingsStamp, latestRecordedAt });
    this.days.length = from;
    for (const day of days) this.days.push(day);
  }

  /** The documents the open transaction changed, in order. */
  changedDays(): readonly DayDocument[] {
    const from = this.changedFrom;
    if (from === null) return [];
    let index = this.days.length;
    while (index > 0 && (this.days[index - 1] as DayDocument).businessDate >= from) index -= 1;
    return this.days.slice(index);
  }
}
