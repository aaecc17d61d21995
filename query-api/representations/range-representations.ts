/**
 * Makes the representations of ranges, and remembers them: a page that shows a month asks for it again and again, and putting it together takes ten
 * times what it takes to see that nothing has changed.
 */
import { LRUCache } from 'lru-cache';
import type { DateRange, MerchantDays } from '../views/balance-view.ts';
import type { DayRepresentations } from './day-representations.ts';
import { type RangeRepresentation, rangeRepresentation } from './range-representation.ts';

/** Some 1,300 months of merchants with ten accounts. */
const REMEMBERED_BYTES = 64 * 1024 * 1024;
/** What a range takes beside its text. */
const RANGE_BYTES = 1_024;

/** `madeFrom`: see `contentOf`. */
type Remembered = { readonly madeFrom: readonly number[]; readonly representation: RangeRepresentation };

export class RangeRepresentations {
  readonly #days: DayRepresentations;
  readonly #remembered = new LRUCache<string, Remembered>({
    maxSize: REMEMBERED_BYTES,
    sizeCalculation: ({ representation }) => RANGE_BYTES + representation.body.length,
  });

  constructor(days: DayRepresentations) {
    this.#days = days;
  }

  /** Every day of the range, in order, each with its document or filled from the latest earlier one. */
  of(found: MerchantDays, range: DateRange): RangeRepresentation {
    const { merchantId } = found.merchant;
    const key = `${merchantId} ${range.from} ${range.to}`;
    const madeFrom = contentOf(found);
    const known = this.#remembered.get(key);
    if (known !== undefined && isSame(known.madeFrom, madeFrom)) return known.representation;
    const representation = rangeRepresentation(merchantId, range, this.#days.ofRange(found, range));
    this.#remembered.set(key, { madeFrom, representation });
    return representation;
  }
}

/**
 * All that a range depends on: the merchant, and the documents by date and revision, since a revision of a document is of one content. A document before
 * the range and one in it cannot be taken for each other: the date says which it is.
 */
function contentOf({ merchant, days, before }: MerchantDays): readonly number[] {
  const content = [merchant.revision];
  if (before !== null) content.push(before.businessDate, before.revision);
  for (const { businessDate, revision } of days) content.push(businessDate, revision);
  return content;
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((part, index) => part === other[index]);
}
