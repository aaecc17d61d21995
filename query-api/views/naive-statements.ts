/**
 * The statement view in the plainest way: over the ledger in arrays, everything added up for every question. What tests hold the real one
 * against, and what tests of routes stand on. Its moment is kept by copying.
 */
import type { StatementEntryBody } from '@fluxo/schemas';
import { everyEntry, LedgerUnavailableError } from './ledger-view.ts';
import type { NaiveLedger } from './naive-ledger.ts';
import type {
  DayLine,
  EntriesOfAccount,
  StatementQuestion,
  StatementReading,
  StatementView,
} from './statement-view.ts';

type Amounts = Omit<DayLine, 'accountId' | 'businessDate'>;

export class NaiveStatements implements StatementView {
  /** How many readings are open. */
  openCount = 0;
  readonly #ledger: NaiveLedger;
  readonly #pageEntries: number;

  constructor(ledger: NaiveLedger, pageEntries = 3) {
    this.#ledger = ledger;
    this.#pageEntries = pageEntries;
  }

  async open({ merchantId, dates, accountId }: StatementQuestion): Promise<StatementReading> {
    const question = { filter: everyEntry, before: null, limit: Number.MAX_SAFE_INTEGER };
    const { head, value } = await this.#ledger.entries(merchantId, question);
    const { closedThrough } = (await this.#ledger.balance(merchantId, dates.to, head)).value;
    if (head.recordedAt === null)
      throw new LedgerUnavailableError('the ledger has no record of the merchant');
    const entries = value.entries
      .map(({ merchantId: _m, submittedAt: _s, reversedByEntryId: _r, source: _o, ...entry }) => entry)
      .filter((entry) => accountId === null || entry.accountId === accountId)
      .toReversed();
    this.openCount += 1;
    let isOpen = true;
    return {
      head: { ledgerSeq: head.ledgerSeq, recordedAt: head.recordedAt },
      closedThrough,
      openings: openingsOf(entries, dates.from),
      lines: linesOf(entries).filter(({ businessDate: date }) => date >= dates.from && date <= dates.to),
      entries: (asked) => pagesOf(entriesOf(entries, asked), this.#pageEntries),
      close: async () => {
        if (isOpen) this.openCount -= 1;
        isOpen = false;
      },
    };
  }
}

async function* pagesOf(
  entries: readonly StatementEntryBody[],
  size: number,
): AsyncGenerator<readonly StatementEntryBody[]> {
  for (let place = 0; place < entries.length; place += size) yield entries.slice(place, place + size);
}

/** Sorting keeps the order of the ledger within a day. */
function entriesOf(
  entries: readonly StatementEntryBody[],
  { accountId, dates }: EntriesOfAccount,
): readonly StatementEntryBody[] {
  return entries
    .filter((entry) => entry.accountId === accountId)
    .filter(({ businessDate }) => businessDate >= dates.from && businessDate <= dates.to)
    .toSorted((a, b) => order(a.businessDate, b.businessDate));
}

function openingsOf(entries: readonly StatementEntryBody[], from: string): StatementReading['openings'] {
  const before = linesOf(entries).filter(({ businessDate }) => businessDate < from);
  return new Map(
    before.map(({ accountId, currency, closingMinor }) => [accountId, { currency, minor: closingMinor }]),
  );
}

/** By account, then by date. */
function linesOf(entries: readonly StatementEntryBody[]): readonly DayLine[] {
  const days = new Map<string, DayLine>();
  const sorted = entries.toSorted(
    (a, b) => order(a.accountId, b.accountId) || order(a.businessDate, b.businessDate),
  );
  let last: DayLine | null = null;
  for (const entry of sorted) {
    const { accountId, businessDate, currency } = entry;
    const key = `${accountId} ${businessDate}`;
    const opening: number = last?.accountId === accountId ? last.closingMinor : 0;
    const line = days.get(key) ?? { accountId, businessDate, ...unmoved(currency, opening) };
    last = { ...line, ...moved(line, entry) };
    days.set(key, last);
  }
  return [...days.values()];
}

function unmoved(currency: string, minor: number): Amounts {
  return {
    currency,
    openingMinor: minor,
    creditsMinor: 0,
    debitsMinor: 0,
    closingMinor: minor,
    creditCount: 0,
    debitCount: 0,
  };
}

function moved(line: Amounts, { direction, amountMinor }: StatementEntryBody): Partial<Amounts> {
  if (direction === 'CREDIT')
    return {
      creditsMinor: line.creditsMinor + amountMinor,
      creditCount: line.creditCount + 1,
      closingMinor: line.closingMinor + amountMinor,
    };
  return {
    debitsMinor: line.debitsMinor + amountMinor,
    debitCount: line.debitCount + 1,
    closingMinor: line.closingMinor - amountMinor,
  };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
