/**
 * Makes the representations of days, and remembers those of days that have a document: decoding and writing one costs more than
 * all the rest of a request. What is remembered is right for one revision and status only and is made again when either changed.
 * The memory is bounded: two generations of a fixed size, the older of which is dropped when the younger is full.
 */
import type { BalanceBody, DailyBalance, DayStatus, Merchant } from '@fluxo/schemas';
import type { MerchantDays, StoredDay } from '../views/balance-view.ts';
import { documentBody, filledBody, statusOf } from './balance-body.ts';
import { entityTag, type Representation } from './representation.ts';

const GENERATION_DAYS = 10_000;

/** A day, which may go into a range: `bodyBytes` is what its text takes in UTF-8. */
export type DayRepresentation = Representation & { readonly body: string; readonly bodyBytes: number };

type Remembered = { readonly status: DayStatus; readonly representation: DayRepresentation };

export class DayRepresentations {
  readonly #generationDays: number;
  #young = new Map<string, Remembered>();
  #old = new Map<string, Remembered>();

  constructor(generationDays = GENERATION_DAYS) {
    this.#generationDays = generationDays;
  }

  /** The day asked for: its document if it has one, filled otherwise. */
  of(found: MerchantDays, businessDate: number): DayRepresentation {
    const day = found.days[0];
    if (day !== undefined && day.businessDate === businessDate) return this.ofDocument(found.merchant, day);
    return filled(found.merchant, businessDate, found.before?.read() ?? null);
  }

  /** A day that has a document. */
  ofDocument(merchant: Merchant, day: StoredDay): DayRepresentation {
    const key = `${merchant.merchantId}|${day.businessDate}`;
    const status = statusOf(merchant, day.businessDate);
    const known = this.#young.get(key) ?? this.#old.get(key);
    if (known?.status === status && known.representation.revision === day.revision) {
      if (!this.#young.has(key)) this.#remember(key, known);
      return known.representation;
    }
    const representation = written(documentBody(day.read(), status));
    this.#remember(key, { status, representation });
    return representation;
  }

  /** Every day of the range, in order, each with its document or filled from the latest earlier one. */
  ofRange(found: MerchantDays, range: { from: number; to: number }): readonly DayRepresentation[] {
    const days = new Map(found.days.map((day) => [day.businessDate, day]));
    const representations: DayRepresentation[] = [];
    let before = found.before;
    let document: DailyBalance | null = null;
    for (let date = range.from; date <= range.to; date++) {
      const day = days.get(date);
      if (day !== undefined) {
        representations.push(this.ofDocument(found.merchant, day));
        before = day;
        document = null;
      } else {
        document ??= before?.read() ?? null;
        representations.push(filled(found.merchant, date, document));
      }
    }
    return representations;
  }

  #remember(key: string, remembered: Remembered): void {
    if (this.#young.size >= this.#generationDays) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, remembered);
  }
}

function written(body: BalanceBody): DayRepresentation {
  return dayRepresentation(body, entityTag(body.revision, body.businessDate, body.status));
}

/** A filled day also depends on the calendar, which the merchant's revision stands for. */
function filled(merchant: Merchant, date: number, before: DailyBalance | null): DayRepresentation {
  const body = filledBody(merchant, date, before);
  const { businessDate, revision, status } = body;
  return dayRepresentation(body, entityTag(revision, businessDate, status, 'filled', merchant.revision));
}

function dayRepresentation(value: BalanceBody, etag: string): DayRepresentation {
  const body = JSON.stringify(value);
  const { revision, recordedAt } = value;
  return { body, bodyBytes: Buffer.byteLength(body), etag, revision, recordedAt };
}
