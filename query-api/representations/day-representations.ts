/**
 * Makes the representations of days, and remembers those of days that have a document: decoding and writing one costs more than
 * all the rest of a request. What is remembered is right for one revision and status only and is made again when either changed.
 */
import type { BalanceBody, DailyBalance, DayStatus, Merchant } from '@fluxo/schemas';
import { LRUCache } from 'lru-cache';
import type { MerchantDays, StoredDay } from '../views/balance-view.ts';
import { documentBody, filledBody, statusOf } from './balance-body.ts';
import { entityTag, type Representation } from './representation.ts';

/** Some 80,000 days of merchants with three accounts. Counted in bytes: a day with 64 accounts takes thirty times what one with two does. */
const REMEMBERED_BYTES = 96 * 1024 * 1024;
/** What a day takes beside its text: tag, instant, objects, key. */
const DAY_BYTES = 400;

/** A day, which may go into a range: `bodyBytes` is what its text takes in UTF-8. */
export type DayRepresentation = Representation & { readonly body: string; readonly bodyBytes: number };

type Remembered = { readonly status: DayStatus; readonly representation: DayRepresentation };

export class DayRepresentations {
  readonly #remembered = new LRUCache<string, Remembered>({
    maxSize: REMEMBERED_BYTES,
    sizeCalculation: ({ representation }) => DAY_BYTES + representation.bodyBytes,
  });

  /** The day asked for: its document if it has one, filled otherwise. */
  of(found: MerchantDays, businessDate: number): DayRepresentation {
    const day = found.days[0];
    if (day !== undefined && day.businessDate === businessDate) return this.ofDocument(found.merchant, day);
    return filled(found.merchant, businessDate, found.before?.read() ?? null);
  }

  /** A day that has a document. */
  ofDocument(merchant: Merchant, day: StoredDay): DayRepresentation {
    const key = `${merchant.merchantId} ${day.businessDate}`;
    const status = statusOf(merchant, day.businessDate);
    const known = this.#remembered.get(key);
    if (known?.status === status && known.representation.revision === day.revision)
      return known.representation;
    const representation = written(documentBody(day.read(), status));
    this.#remembered.set(key, { status, representation });
    return representation;
  }

  /** Every day of the range, in order, each with its document or filled from the latest earlier one. */
  ofRange(found: MerchantDays, range: { from: number; to: number }): readonly DayRepresentation[] {
    const representations: DayRepresentation[] = [];
    let before = found.before;
    let document: DailyBalance | null = null;
    let next = 0;
    for (let date = range.from; date <= range.to; date++) {
      const day = found.days[next];
      if (day?.businessDate === date) {
        next += 1;
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
