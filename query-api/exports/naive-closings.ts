/**
 * Closings in the plainest way: over the ledger in arrays, cut off at each of them. What tests hold the real ones against, and what tests of the
 * export stand on.
 */
import { formatDate, type Merchant } from '@fluxo/schemas';
import { partsOf, statementOf } from '../statements/statement.ts';
import { type LedgerRecord, NaiveLedger } from '../views/naive-ledger.ts';
import { NaiveStatements } from '../views/naive-statements.ts';
import type { BooksOfDay, Closing, Closings } from './closings.ts';

export class NaiveClosings implements Closings {
  readonly #ledger: NaiveLedger;

  constructor(ledger: NaiveLedger) {
    this.#ledger = ledger;
  }

  async partitions(): Promise<readonly number[]> {
    return [...new Set(this.#ledger.records.map(({ partition }) => partition))].toSorted((a, b) => a - b);
  }

  async behind(partition: number, sourceOffset: number, limit: number): Promise<readonly Closing[]> {
    return this.#ledger.records
      .filter((record) => record.partition === partition)
      .flatMap((record) => (record.type === 'DayClosed' ? [closingOf(record)] : []))
      .filter((closing) => closing.sourceOffset > sourceOffset)
      .slice(0, limit);
  }

  async daysOf({ merchantId, businessDate, ledgerSeq }: Closing): Promise<readonly string[]> {
    const before = this.#until(merchantId, ledgerSeq - 1);
    const { closedThrough } = (await before.balance(merchantId, businessDate, { ledgerSeq })).value;
    const days = before.records.flatMap((record) =>
      record.type === 'EntryPosted' ? [formatDate(record.value.businessDate)] : [],
    );
    const closed = days.filter((day) => day > (closedThrough ?? '') && day < businessDate);
    return [...new Set([...closed.toSorted(), businessDate])];
  }

  async readDay<T>(
    { merchantId, ledgerSeq }: Closing,
    businessDate: string,
    work: (books: BooksOfDay) => Promise<T>,
  ): Promise<T> {
    const until = this.#until(merchantId, ledgerSeq);
    const dates = { from: businessDate, to: businessDate };
    const question = { merchantId, dates, accountId: null };
    const reading = await new NaiveStatements(until).open(question);
    const statement = statementOf(configuredIn(until.records), question, reading);
    return work({ statement, parts: partsOf(statement, reading) });
  }

  #until(merchantId: string, ledgerSeq: number): NaiveLedger {
    const ledger = new NaiveLedger();
    const known = this.#ledger.records.filter(
      ({ value }) => value.merchantId === merchantId && value.ledgerSeq <= ledgerSeq,
    );
    ledger.records.push(...known);
    return ledger;
  }
}

function closingOf({ value }: LedgerRecord & { readonly type: 'DayClosed' }): Closing {
  const { merchantId, ledgerSeq, requestId, requestedBy, accounts, sourceOffset } = value;
  return {
    merchantId,
    ledgerSeq,
    businessDate: formatDate(value.businessDate),
    requestId,
    requestedBy,
    recordedAt: new Date(value.recordedAt).toISOString(),
    hash: Buffer.from(value.hash).toString('hex'),
    accounts,
    sourceOffset,
  };
}

function configuredIn(records: readonly LedgerRecord[]): Pick<Merchant, 'merchantId' | 'name' | 'accounts'> {
  const last = records.findLast((record) => record.type === 'MerchantConfigApplied');
  if (last?.type !== 'MerchantConfigApplied') throw new Error('a closing without a configuration before it');
  const { merchantId, name, accounts } = last.value;
  return { merchantId, name, accounts };
}
