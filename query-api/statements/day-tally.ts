/** The entries of an account and day, counted and added up as they pass, against what the day's document says. */
import type { StatementDayBody, StatementEntryBody } from '@fluxo/schemas';
import type { Account, StatementPart } from './statement.ts';

/** What has been written of a statement so far is right, and the rest cannot be: it must not look whole. */
export class StatementBrokenError extends Error {
  override readonly name = 'StatementBrokenError';
  readonly code = 'statement-broken';

  constructor(what: string) {
    super(
      `A statement was broken off: ${what}. What was sent of it must not be used. Run \`fluxo audit\`: either the tables in Postgres differ from the topics, or a page was skipped.`,
    );
  }
}

export class DayTally {
  readonly day: StatementDayBody;
  readonly #account: Account;
  #balance: bigint;
  #creditCount = 0;
  #debitCount = 0;
  #last = 0;

  constructor(account: Account, day: StatementDayBody) {
    this.#account = account;
    this.day = day;
    this.#balance = BigInt(day.openingMinor);
  }

  /** The part that these entries are, once they are counted. */
  with(entries: readonly StatementEntryBody[]): StatementPart {
    for (const { direction, amountMinor, ledgerSeq } of entries) {
      if (ledgerSeq <= this.#last) throw this.#broken(`ledgerSeq ${ledgerSeq} comes behind ${this.#last}`);
      this.#last = ledgerSeq;
      this.#balance += direction === 'CREDIT' ? BigInt(amountMinor) : -BigInt(amountMinor);
      if (direction === 'CREDIT') this.#creditCount += 1;
      else this.#debitCount += 1;
    }
    return { at: 'entries', account: this.#account, day: this.day, entries };
  }

  /** The part that ends the day. Throws where the entries that passed are not those of the document. */
  ended(): StatementPart {
    const { day } = this;
    if (this.#balance !== BigInt(day.closingMinor))
      throw this.#broken(`its entries lead to ${this.#balance} and its document to ${day.closingMinor}`);
    if (this.#creditCount !== day.creditCount || this.#debitCount !== day.debitCount)
      throw this.#broken(
        `${this.#creditCount} credits and ${this.#debitCount} debits passed and its document has ${day.creditCount} and ${day.debitCount}`,
      );
    return { at: 'day-end', account: this.#account, day };
  }

  #broken(what: string): StatementBrokenError {
    return new StatementBrokenError(
      `on ${this.day.businessDate}, account ${this.#account.accountId}, ${what}`,
    );
  }
}
